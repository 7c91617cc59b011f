import type { DataSource } from 'typeorm';
import { rows } from '../../src/platform/database/query.js';

/** Waits until so many statements of this database wait for a lock that another holds. */
export async function untilWaiting(dataSource: DataSource, count = 1): Promise<void> {
  const sql = `SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  while ((await rows(dataSource, sql)).length < count);
}

/** Commits a change by another connection once `work` waits for its locks; answers the work's. */
export async function whileHeld<T>(
  dataSource: DataSource,
  change: string,
  work: () => Promise<T>,
): Promise<T> {
  const holder = dataSource.createQueryRunner();
  await holder.startTransaction();
  try {
    await holder.query(change);
    const working = work();
    await untilWaiting(dataSource);
    await holder.commitTransaction();
    return await working;
  } finally {
    await holder.release();
  }
}
