import { DomainError } from '../core/errors.js';
import { FileKeyProvider } from '../platform/keys/file-key-provider.js';
import { parseKeyFile } from '../platform/keys/key-file.js';
import { KeyRing } from '../platform/keys/key-ring.js';
import { verifyRing } from '../platform/keys/verify-ring.js';
import type { Header } from './archive-format.js';

/**
 * Makes sure that the master keys for a backup are there before anything is restored.
 *
 * Shape: answers the key file to put in place, when the backup brought it and there is none yet.
 * Errors: `keys.ring_lacks_kid`, `keys.ring_does_not_match`, those of the key file.
 */
export async function neededKeys(
  path: string,
  header: Header,
  brought: Buffer | undefined,
): Promise<Buffer | undefined> {
  const provider = new FileKeyProvider(path);
  const held = await provider.load();
  const keySet = held ?? (brought && parseKeyFile(brought.toString('utf8'), 'in the backup'));
  if (!keySet) throw lacking(path, header);
  const known = header.keys.map(({ kid, checkValue }) => {
    return { kid, checkValue: Buffer.from(checkValue, 'base64') };
  });
  verifyRing(new KeyRing(provider, keySet), known);
  return held ? undefined : brought;
}

function lacking(path: string, { keys }: Header): DomainError {
  const kids = keys.map(({ kid }) => kid).join(', ');
  const detail =
    `The backup was sealed with master key ${kids}, and there is no ${path}. ` +
    'Put the master key file there first. Nothing was restored.';
  return new DomainError('keys.ring_lacks_kid', detail);
}
