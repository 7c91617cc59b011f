import { z } from 'zod';
import { DomainError } from '../../core/errors.js';
import type { KeySet, MasterKey } from './key-provider.js';

const keySizeBytes = 32;

const shape = z.strictObject({
  keys: z
    .array(
      z.strictObject({
        kid: z.string().regex(/^[A-Za-z0-9._-]{1,32}$/),
        key: z.base64().transform((text) => Buffer.from(text, 'base64')),
        createdAt: z.iso.datetime().transform((text) => new Date(text)),
        retiredAt: z.iso
          .datetime()
          .transform((text) => new Date(text))
          .optional(),
      }),
    )
    .min(1),
  current: z.string(),
});

/**
 * Reads the text of a master key file.
 *
 * Shape: `{"keys": [{"kid", "key": <base64 of 32 bytes>, "createdAt", "retiredAt"?}],
 * "current": <kid>}`.
 * Errors: `keys.file_malformed`, which names the place and shows nothing of the content.
 */
export function parseKeyFile(text: string, place: string): KeySet {
  const parsed = shape.safeParse(jsonOrUndefined(text));
  if (!parsed.success) throw malformed(place, 'it does not have the form of a key file');
  const keys = parsed.data.keys.map(({ key, ...rest }) => keyOf(rest, key));
  if (keys.some(({ bytes }) => bytes.length !== keySizeBytes)) {
    throw malformed(place, `a key does not have ${keySizeBytes} bytes`);
  }
  const kids = new Set(keys.map(({ kid }) => kid));
  if (kids.size !== keys.length) throw malformed(place, 'a kid appears twice');
  const current = keys.find(({ kid }) => kid === parsed.data.current);
  if (!current) throw malformed(place, 'the current key is missing');
  if (current.retiredAt) throw malformed(place, 'the current key is retired');
  return { keys, current: current.kid };
}

/** Writes the text of a master key file; the reverse of `parseKeyFile`. */
export function renderKeyFile(keySet: KeySet): Buffer {
  const keys = keySet.keys.map(({ kid, bytes, createdAt, retiredAt }) => ({
    kid,
    key: bytes.toString('base64'),
    createdAt: createdAt.toISOString(),
    ...(retiredAt && { retiredAt: retiredAt.toISOString() }),
  }));
  return Buffer.from(`${JSON.stringify({ keys, current: keySet.current }, null, 2)}\n`);
}

function keyOf(
  { kid, createdAt, retiredAt }: { kid: string; createdAt: Date; retiredAt?: Date | undefined },
  bytes: Buffer,
): MasterKey {
  return { kid, bytes, createdAt, ...(retiredAt && { retiredAt }) };
}

function malformed(place: string, why: string): DomainError {
  return new DomainError('keys.file_malformed', `The master key file ${place} is damaged: ${why}.`);
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the parser's message would quote the text
  }
}
