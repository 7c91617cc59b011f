import { z } from 'zod';
import { DomainError } from '../../core/errors.js';
import type { KeySet } from './key-provider.js';

const keySizeBytes = 32;

const shape = z.strictObject({
  keys: z
    .array(
      z.strictObject({
        kid: z.string().regex(/^[A-Za-z0-9._-]{1,32}$/),
        key: z.base64().transform((text) => Buffer.from(text, 'base64')),
        createdAt: z.iso.datetime().transform((text) => new Date(text)),
      }),
    )
    .min(1),
  current: z.string(),
});

/**
 * Reads the text of a master key file.
 *
 * Shape: `{"keys": [{"kid", "key": <base64 of 32 bytes>, "createdAt"}], "current": <kid>}`.
 * Errors: `keys.file_malformed`, which names the place and shows nothing of the content.
 */
export function parseKeyFile(text: string, place: string): KeySet {
  const parsed = shape.safeParse(jsonOrUndefined(text));
  if (!parsed.success) throw malformed(place, 'it does not have the form of a key file');
  const keys = parsed.data.keys.map(({ kid, key, createdAt }) => ({ kid, bytes: key, createdAt }));
  if (keys.some(({ bytes }) => bytes.length !== keySizeBytes)) {
    throw malformed(place, `a key does not have ${keySizeBytes} bytes`);
  }
  const kids = new Set(keys.map(({ kid }) => kid));
  if (kids.size !== keys.length) throw malformed(place, 'a kid appears twice');
  if (!kids.has(parsed.data.current)) throw malformed(place, 'the current key is missing');
  return { keys, current: parsed.data.current };
}

/** Writes the text of a master key file; the reverse of `parseKeyFile`. */
export function renderKeyFile(keySet: KeySet): Buffer {
  const keys = keySet.keys.map(({ kid, bytes, createdAt }) => ({
    kid,
    key: bytes.toString('base64'),
    createdAt: createdAt.toISOString(),
  }));
  return Buffer.from(`${JSON.stringify({ keys, current: keySet.current }, null, 2)}\n`);
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
