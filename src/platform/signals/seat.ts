import type pg from 'pg';

/** The number that keeps the locks of seats apart from others. */
export const seatLockSpace = 0x73656174;

/**
 * Takes the seat of this copy of the service, or takes it again after a lost connection.
 *
 * Shape: a shared advisory lock of the session, so the connection that was lost and the new one may
 * hold it together for a while. Who can lock it exclusively knows that the copy is dead.
 */
export async function takeSeat(client: pg.Client, copy: number | undefined): Promise<number> {
  if (copy === undefined) {
    // The lock is held before the row can be seen.
    const made = await client.query<{ id: number }>(
      'INSERT INTO service_copy DEFAULT VALUES RETURNING id, pg_advisory_lock_shared($1, id)',
      [seatLockSpace],
    );
    const [row] = made.rows;
    if (!row) throw new Error('a seat without a number');
    return row.id;
  }
  await client.query('SELECT pg_advisory_lock_shared($1, $2)', [seatLockSpace, copy]);
  // Others may have taken us for dead meanwhile.
  await client.query('INSERT INTO service_copy (id) VALUES ($1) ON CONFLICT DO NOTHING', [copy]);
  return copy;
}
