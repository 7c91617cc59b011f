import { setTimeout as delay } from 'node:timers/promises';
import { DomainError } from '../../core/errors.js';
import type { Database } from '../database/database.js';
import { keyHolders, tellCopies } from './key-holders.store.js';
import type { KeyHolder } from './key-holders.store.js';
import type { KeyRing } from './key-ring.js';

/** Units: ms. Behind a pooler that hears no signals, a copy looks at its file after half a minute. */
const usualPatienceMs = 60_000;
const lookEveryMs = 200;
const tellEveryMs = 2_000;

/** Whose copies are waited for, and which file they are to read. */
export interface CopiesPlace {
  readonly database: Database;
  readonly ring: KeyRing;
  readonly patienceMs?: number;
}

/**
 * Waits until every running copy of the service has read a change of the key file.
 *
 * Shape: copies are told again and again, since a signal may be lost and a shared mount may lag.
 * Units: ms of patience. Errors: `keys.copies_lag`.
 */
export async function untilAllCopies(
  { database, ring, patienceMs = usualPatienceMs }: CopiesPlace,
  isThere: (holder: KeyHolder) => boolean,
): Promise<void> {
  const startedAtMs = performance.now();
  let toldAtMs = -Infinity;
  for (;;) {
    const now = performance.now();
    if (now - toldAtMs >= tellEveryMs) {
      await tellCopies(database.single);
      toldAtMs = now;
    }
    const behind = (await keyHolders(database.single)).filter((holder) => !isThere(holder));
    if (behind.length === 0) return;
    if (now - startedAtMs > patienceMs) throw lagging(behind, ring.place);
    await delay(lookEveryMs);
  }
}

function lagging(behind: readonly KeyHolder[], place: string): DomainError {
  const copies = behind.map(({ copy }) => copy);
  const detail =
    `Copies ${copies.join(', ')} of the service have not read ${place} as it is now. ` +
    'Nothing that is stored has changed hands; run the command again.';
  return new DomainError('keys.copies_lag', detail, { copies });
}
