import type { EntityManager } from 'typeorm';
import { affected, rows } from '../database/query.js';
import { ringDoesNotMatch } from './verify-ring.js';
import type { KnownKid } from './verify-ring.js';

/** A kid in the history of a database: since when it is known, and since when it seals nothing. */
export interface KidRecord {
  readonly kid: string;
  readonly createdAt: Date;
  readonly retiredAt: Date | null;
}

/** Lets one transaction at a time decide about master keys; others wait for its end. */
export async function lockMasterKeys(tx: EntityManager): Promise<void> {
  await rows(tx, `SELECT pg_advisory_xact_lock(hashtextextended('triplemint/master-key', 0))`);
}

/** The kids that sealed values may carry, with their check values; retired ones are left out. */
export async function knownKids(tx: EntityManager): Promise<KnownKid[]> {
  return rows<KnownKid>(
    tx,
    `SELECT kid, check_value AS "checkValue" FROM master_key
      WHERE retired_at IS NULL ORDER BY created_at, kid`,
  );
}

/**
 * Remembers a key by its check value; a second time changes nothing.
 *
 * Errors: `keys.ring_does_not_match` if the kid is known for another key.
 */
export async function remember(tx: EntityManager, kid: string, checkValue: Buffer): Promise<void> {
  await rows(
    tx,
    `INSERT INTO master_key (kid, check_value, created_at) VALUES ($1, $2, now())
     ON CONFLICT (kid) DO NOTHING`,
    [kid, checkValue],
  );
  const known = await rows(tx, `SELECT 1 FROM master_key WHERE kid = $1 AND check_value = $2`, [
    kid,
    checkValue,
  ]);
  if (known.length === 0) throw ringDoesNotMatch('The key ring', kid);
}

/** What the database knows of every key, retired ones too. */
export async function allKids(tx: EntityManager): Promise<KidRecord[]> {
  return await rows<KidRecord>(
    tx,
    `SELECT kid, created_at AS "createdAt", retired_at AS "retiredAt" FROM master_key
     ORDER BY created_at, kid`,
  );
}

/** Marks a key as retired: no sealed value carries its kid any more. False if it was before. */
export async function retireKid(tx: EntityManager, kid: string): Promise<boolean> {
  const sql = `UPDATE master_key SET retired_at = now() WHERE kid = $1 AND retired_at IS NULL`;
  return (await affected(tx, sql, [kid])) === 1;
}
