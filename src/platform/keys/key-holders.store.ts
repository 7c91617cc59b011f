import { affected, rows } from '../database/query.js';
import type { Tx } from '../database/transaction.js';
import { sendSignal } from '../signals/signals.js';
import { seatLockSpace } from '../signals/seat.js';

/** A running copy of the service, and which master keys it has said to have. */
export interface KeyHolder {
  readonly copy: number;
  readonly kids: readonly string[] | null;
  readonly sealsWith: string | null;
}

/** Says which master keys a copy has now. */
export async function reportKeys(
  tx: Tx,
  copy: number,
  kids: readonly string[],
  sealsWith: string,
): Promise<void> {
  await affected(tx, 'UPDATE service_copy SET master_kids = $2, seals_with = $3 WHERE id = $1', [
    copy,
    kids,
    sealsWith,
  ]);
}

/** The copies that live: nobody else can lock their seats. */
export async function keyHolders(tx: Tx): Promise<KeyHolder[]> {
  return await rows<KeyHolder>(
    tx,
    `SELECT id AS copy, master_kids AS kids, seals_with AS "sealsWith" FROM service_copy
     WHERE NOT pg_try_advisory_xact_lock($1, id) ORDER BY id`,
    [seatLockSpace],
  );
}

/** Lets every copy read its key file again. */
export async function tellCopies(tx: Tx): Promise<void> {
  await sendSignal(tx, 'keys', 'all');
}
