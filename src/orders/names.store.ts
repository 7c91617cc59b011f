import { Injectable } from '@nestjs/common';
import type { MintedNaming } from '../core/naming.js';
import { affected, rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';

/** An order by what its names follow from. */
export interface NamedOrder {
  /** 0 for an order that is not there yet. */
  readonly orderId: number;
  readonly productId: number;
  readonly naming: MintedNaming;
  readonly quantity: number;
}

/** Finds names of an order that exist already. */
@Injectable()
export class NamesStore {
  /**
   * Names that an order would share with devices of other orders of its product.
   *
   * Shape: at most `most`, first ones first; of a list those that wait to be minted; none of random
   * names, which are drawn again.
   */
  async taken(tx: Tx, order: NamedOrder, most: number): Promise<string[]> {
    const { orderId, productId, naming, quantity } = order;
    if (naming.kind === 'random') return [];
    if (naming.kind === 'list') {
      const list = `SELECT n.name FROM staged_device n ${takenBy('$2', '$1')}
        WHERE n.order_id = $2 ORDER BY n.place LIMIT $3`;
      return await namesOf(tx, list, [productId, orderId, most]);
    }
    const { prefix, start, width } = naming;
    const sequence = `SELECT n.name FROM (${sequenceNames('$4', '$5', '$6', '0', '$7 - 1')}) n
      JOIN device d ON d.product_id = $1 AND d.name = n.name AND d.order_id <> $2
      WHERE ${isPrefixKnown('$1', '$4')} ORDER BY n.index LIMIT $3`;
    return await namesOf(tx, sequence, [productId, orderId, most, prefix, start, width, quantity]);
  }

  /** Notes the rows of a list whose names exist already; such a name is no secret of an import. */
  async markTaken(tx: Tx, orderId: number, productId: number): Promise<void> {
    await affected(
      tx,
      `INSERT INTO order_row_error (order_id, line, "column", code, value)
       SELECT $1, n.line, 'deviceName', 'row.name_taken', n.name
       FROM staged_device n ${takenBy('$1', '$2')}
       WHERE n.order_id = $1 ON CONFLICT DO NOTHING`,
      [orderId, productId],
    );
  }
}

/** Asked once and first: most orders bring a prefix of their own, and need not spell out their names. */
function isPrefixKnown(productId: string, prefix: string): string {
  return `EXISTS (SELECT FROM device WHERE product_id = ${productId}
    AND name >= ${prefix} AND name < ${prefix}::text || chr(127))`;
}

/** Fenced: rows that were staged a moment ago are in no statistics, and a join might read all of them. */
function takenBy(orderId: string, productId: string): string {
  return `CROSS JOIN LATERAL (SELECT FROM device
    WHERE product_id = ${productId} AND name = n.name AND order_id <> ${orderId} LIMIT 1) d`;
}

async function namesOf(tx: Tx, sql: string, params: readonly unknown[]): Promise<string[]> {
  const found = await rows<{ readonly name: string }>(tx, sql, params);
  return found.map((row) => row.name);
}

/** SQL that lists the names of a sequence; the twin of `sequenceName` in core. */
export function sequenceNames(
  prefix: string,
  start: string,
  width: string,
  first: string,
  last: string,
): string {
  return `SELECT i AS index, ${prefix}::text
      || lpad(n, greatest(${width}::integer, length(n)), '0') AS name
    FROM generate_series(${first}::integer, ${last}::integer) i,
      LATERAL (SELECT (${start}::bigint + i)::text AS n) t`;
}
