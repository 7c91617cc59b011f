import { Injectable } from '@nestjs/common';
import type { SequenceNaming } from '../core/naming.js';
import { rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';
import { sequenceNames } from './names.store.js';

/** The devices that one statement minted. Shape: ids as text; null when there are none. */
export interface MintedChunk {
  readonly minted: number;
  readonly first: string | null;
  readonly last: string | null;
}

/** For which order devices are minted. */
export interface MintingPlace {
  readonly orderId: number;
  readonly productId: number;
}

const chunk = 'SELECT count(*)::integer AS minted, min(id) AS first, max(id) AS last FROM made';

/** Mints devices, many in one statement, from each kind of naming. */
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
  ): Promise<MintedChunk> {
    return await one(
      tx,
      `WITH made AS (
         INSERT INTO device (order_id, product_id, name)
         SELECT $1, $2, name FROM (${sequenceNames('$3', '$4', '$5', '$6', '$7 - 1')}) n
         RETURNING id)
       ${chunk}`,
      [orderId, productId, prefix, start, width, from, to],
    );
  }

  /** Mints devices of these names; those that exist already are left out. */
  async drawn(
    tx: Tx,
    { orderId, productId }: MintingPlace,
    names: readonly string[],
  ): Promise<MintedChunk> {
    return await one(
      tx,
      `WITH made AS (
         INSERT INTO device (order_id, product_id, name)
         SELECT $1, $2, name FROM unnest($3::text[]) AS n (name)
         ON CONFLICT ON CONSTRAINT device_product_id_name_key DO NOTHING RETURNING id)
       ${chunk}`,
      [orderId, productId, names],
    );
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
  ): Promise<MintedChunk> {
    return await one(
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
       ${chunk}`,
      [orderId, productId, from, to],
    );
  }
}

async function one(tx: Tx, sql: string, params: readonly unknown[]): Promise<MintedChunk> {
  const [row] = await rows<MintedChunk>(tx, sql, params);
  return row ?? { minted: 0, first: null, last: null };
}
