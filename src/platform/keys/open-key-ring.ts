import type { EntityManager } from 'typeorm';
import { FileKeyProvider } from './file-key-provider.js';
import { KeyRing } from './key-ring.js';
import { knownKids, lockMasterKeys, remember } from './master-key.store.js';
import { ringLacksKid, verifyRing } from './verify-ring.js';
import type { KnownKid } from './verify-ring.js';

/** An opened ring. `isNew`: the file was made just now and must be backed up. */
export interface OpenedKeyRing {
  readonly ring: KeyRing;
  readonly isNew: boolean;
  /** Lines for the operator, e.g. that others may read the file. */
  readonly warnings: readonly string[];
  /** Kids of the ring that the database does not know yet. */
  readonly unknownKids: readonly string[];
}

/** What `openKeyRing` needs: the key file, what the database knows, and the time. */
export interface KeyRingPlace {
  readonly path: string;
  readonly known: readonly KnownKid[];
  readonly now: Date;
}

/**
 * Opens the key ring in a file and makes the file on the first start of all.
 *
 * A file is made only if the database knows no key yet: a lost file must not turn into a second
 * key in silence. Starts that race end in one file.
 * Errors: `keys.ring_lacks_kid`, `keys.ring_does_not_match`, `keys.file_unreadable`,
 * `keys.file_malformed`.
 */
export async function openKeyRing({ path, known, now }: KeyRingPlace): Promise<OpenedKeyRing> {
  const provider = new FileKeyProvider(path);
  const existing = await provider.load();
  const [missing] = known;
  if (!existing && missing) throw ringLacksKid(path, missing.kid);
  const made = existing ? { keySet: existing, isOurs: false } : await provider.create(now);
  const ring = new KeyRing(provider, made.keySet);
  const unknownKids = verifyRing(ring, known);
  const warning = await provider.warning();
  return { ring, isNew: made.isOurs, warnings: warning ? [warning] : [], unknownKids };
}

/**
 * Opens the key ring of a database: looks at what the database knows, opens or makes the file,
 * and lets the database remember the check values.
 *
 * One service at a time: of two machines that start on one empty database, the second is refused
 * instead of making a key of its own. Errors: as `openKeyRing`.
 */
export async function openMasterKey(
  tx: EntityManager,
  path: string,
  now: Date,
): Promise<OpenedKeyRing> {
  await lockMasterKeys(tx);
  const opened = await openKeyRing({ path, known: await knownKids(tx), now });
  for (const kid of opened.unknownKids) {
    await remember(tx, kid, opened.ring.checkValue(kid));
  }
  return opened;
}
