import { Injectable } from '@nestjs/common';
import type { SequenceNaming } from '../core/naming.js';
import { constraintOf } from '../platform/database/pg-errors.js';
import { affected, rows } from '../platform/database/query.js';
import { inSavepoint } from '../platform/database/transaction.js';
import type { Tx } from '../platform/database/transaction.js';
import { sequenceNames } from './names.store.js';

/** For which order devices are minted. */
export interface MintingPlace {
  readonly orderId: number;
  readonly productId: number;
}

/** Mints devices, many in one statement, from each kind of naming; each answers how many it made. */
@Injectable()
export class MintingChunkStore {
  /**
   * Mints the devices `from` up to but not including `to` of a sequence, counted from 0.
   *
   * Errors: a broken `device_product_id_name_key` when a name exists already.
   */
  async sequence(
    tx: Tx,
    { orderId, productId }: MintingPlace,
    { prefix, start, width }: SequenceNaming,
    from: number,
    to: number,
  ): Promise<number> {
    return await affected(
      tx,
      `INSERT INTO device (order_id, product_id, name)
       SELECT $1, $2, name FROM (${sequenceNames('$3', '$4', '$5', '$6', '$7 - 1')}) n`,
      [orderId, productId, prefix, start, width, from, to],
    );
  }

  /** Mints devices of these names; those that exist already are left out. */
  async drawn(
    tx: Tx,
    { orderId, productId }: MintingPlace,
    names: readonly string[],
  ): Promise<number> {
    const all = `INSERT INTO device (order_id, product_id, name)
      SELECT $1, $2, name FROM unnest($3::text[]) AS n (name)`;
    const values = [orderId, productId, names];
    try {
      // Looking for conflicts costs a fifth of the time, and there hardly ever is one.
      return await inSavepoint(tx, () => affected(tx, all, values));
    } catch (error) {
      if (constraintOf(error) !== 'device_product_id_name_key') throw error;
      const others = `${all} ON CONFLICT ON CONSTRAINT device_product_id_name_key DO NOTHING`;
      return await affected(tx, others, values);
    }
  }

  /**
   * Mints the staged devices `from` up to but not including `to`, with the secrets they brought.
   *
   * Errors: a broken `device_product_id_name_key` when a name exists already.
   */
  async listed(
    tx: Tx,
    { orderId, productId }: MintingPlace,
    from: number,
    to: number,
  ): Promise<number> {
    const [row] = await rows<{ minted: number }>(
      tx,
      `WITH staged AS MATERIALIZED (
         DELETE FROM staged_device WHERE order_id = $1 AND place >= $3 AND place < $4
         RETURNING place, name, sealed
       ), made AS MATERIALIZED (
         INSERT INTO device (order_id, product_id, name)
         SELECT $1, $2, name FROM staged ORDER BY place RETURNING id, name
       ), given AS (
         INSERT INTO given_secret (device_id, sealed)
         SELECT m.id, s.sealed FROM staged s JOIN made m ON m.name = s.name
         WHERE s.sealed IS NOT NULL ORDER BY m.id
       )
       SELECT count(*)::integer AS minted FROM made`,
      [orderId, productId, from, to],
    );
    return row?.minted ?? 0;
  }
}
