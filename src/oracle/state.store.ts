import { rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';

/** The counters of an order beside what its rows come to. */
export interface CountedOrder {
  readonly orderId: number;
  readonly hasTriples: boolean;
  readonly quota: number;
  readonly stored: Readonly<Record<Counter, number>>;
  readonly counted: Readonly<Record<Counter, number>>;
  readonly shown: number;
}

/** The counters that follow from rows. */
export const counters = [
  'minted',
  'free',
  'leased',
  'failed',
  'confirmed',
  'issued',
  'void',
  'activated',
] as const;
export type Counter = (typeof counters)[number];

/** From now on the transaction sees one instant, and changes nothing. */
export async function beginReading(tx: Tx): Promise<Date> {
  await rows(tx, 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY', []);
  const [row] = await rows<{ at: Date }>(tx, 'SELECT now() AS at', []);
  return row?.at ?? new Date();
}

export async function countOrders(tx: Tx): Promise<CountedOrder[]> {
  return await rows<CountedOrder>(
    tx,
    `WITH actual AS (
       SELECT d.order_id, count(*)::integer AS minted,
         count(*) FILTER (WHERE d.state = 'free')::integer AS free,
         count(*) FILTER (WHERE d.state = 'leased' AND c.state = 'leased')::integer AS leased,
         count(*) FILTER (WHERE d.state = 'leased' AND c.state = 'failed')::integer AS failed,
         count(*) FILTER (WHERE d.state = 'confirmed' AND c.state = 'confirmed')::integer
           AS confirmed,
         count(*) FILTER (WHERE d.state = 'issued')::integer AS issued,
         count(*) FILTER (WHERE d.state = 'void')::integer AS void,
         count(d.activated_at)::integer AS activated
       FROM device d LEFT JOIN claim c ON c.device_id = d.id GROUP BY d.order_id)
     SELECT o.id AS "orderId", o.kind <> 'standing' AS "hasTriples", c.quota, c.shown,
       json_build_object(${pairs('c')}) AS stored, json_build_object(${pairs('a')}) AS counted
     FROM production_order o JOIN order_count c ON c.order_id = o.id
       LEFT JOIN actual a ON a.order_id = o.id
     ORDER BY o.id`,
    [],
  );
}

function pairs(from: string): string {
  return counters.map((name) => `'${name}', coalesce(${from}.${name}, 0)`).join(', ');
}

/** What identifies a unit and stands in two claims that are alive. Shape: `imei 86…: clm-1, clm-2`. */
export async function unitsHeldTwice(tx: Tx, most: number): Promise<string[]> {
  const live = `state IN ('leased', 'failed', 'confirmed')`;
  const found = await rows<{ text: string }>(
    tx,
    ['unit', 'imei', 'sn', 'mac']
      .map(
        (column) => `(SELECT '${column} ' || ${column} || ': '
             || string_agg('clm-' || id, ', ' ORDER BY id) AS text
           FROM claim WHERE ${live} AND ${column} IS NOT NULL
           GROUP BY ${column} HAVING count(*) > 1 LIMIT ${most})`,
      )
      .join(' UNION ALL '),
    [],
  );
  return found.map(({ text }) => text);
}

/** Claims that the history does not know, and confirmed ones without a proof. */
export async function claimsWithoutHistory(tx: Tx, most: number): Promise<string[]> {
  const found = await rows<{ text: string }>(
    tx,
    `(SELECT 'clm-' || c.id || ': the history does not tell that it was leased' AS text FROM claim c
      WHERE NOT EXISTS (SELECT FROM audit_event e WHERE e.claim_id = c.id
        AND e.action = 'claim.leased') LIMIT $1)
     UNION ALL
     (SELECT 'clm-' || a.claim_id || ': the history does not tell the end of attempt ' || a.attempt
      FROM attempt a WHERE NOT EXISTS (SELECT FROM audit_event e WHERE e.claim_id = a.claim_id
        AND e.action IN ('claim.confirmed', 'claim.reconfirmed', 'claim.failed', 'claim.doubted',
          'claim.voided', 'device.voided')) LIMIT $1)
     UNION ALL
     (SELECT 'clm-' || c.id || ': confirmed without a proof' FROM claim c
      WHERE c.state = 'confirmed' AND c.proof IS NULL LIMIT $1)`,
    [most],
  );
  return found.map(({ text }) => text);
}

/** Devices that left `free` although the history tells nothing of them. */
export async function devicesWithoutHistory(tx: Tx, most: number): Promise<string[]> {
  const found = await rows<{ text: string }>(
    tx,
    `SELECT p.product_key || ' ' || d.name || ': is ' || d.state
       || ', the history tells nothing of it' AS text
     FROM device d JOIN product p ON p.id = d.product_id
       JOIN production_order o ON o.id = d.order_id
     WHERE (d.state IN ('leased', 'confirmed', 'issued') OR d.activated_at IS NOT NULL)
       AND o.kind <> 'standing'
       AND NOT EXISTS (SELECT FROM audit_event e
         WHERE e.product_key = p.product_key AND e.device_name = d.name
           AND e.action IN ('claim.leased', 'device.given_out', 'device.registered',
             'device.activated'))
     LIMIT $1`,
    [most],
  );
  return found.map(({ text }) => text);
}
