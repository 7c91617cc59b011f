import { Injectable } from '@nestjs/common';
import { prepared } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';
import type { RegistrationProtocol, RegistrationRefusal } from './registration.js';

/** A proven caller's wish, as the statement takes it. */
export interface RegistrationItem {
  readonly productId: number;
  /** The version of the copy by which the caller was judged so far. */
  readonly productVersion: number;
  readonly deviceName: string;
  readonly address: string;
  readonly protocol: RegistrationProtocol;
  /** A refusal that follows from the policy; it is audited if the copy was not stale. */
  readonly refusal: RegistrationRefusal | null;
}

/** What the statement decided. `policy_changed`: nothing was done, the copy of the product is stale. */
export type RegistrationOutcome =
  | { readonly verdict: 'granted'; readonly orderId: number; readonly generation: number }
  | { readonly verdict: RegistrationRefusal };

/**
 * One statement for many callers: it locks, decides, moves, counts and tells the history.
 *
 * Rows are locked in id order, counters after devices; `CROSS JOIN LATERAL (SELECT CASE …)` decides
 * on the locked, hence latest, rows. Two callers may want one device: the first of them moves it,
 * and `dense_rank` lets all of them share its place in the quota.
 */
function textOf(whenLocked: 'SKIP LOCKED' | ''): string {
  return `
WITH item AS MATERIALIZED (
  SELECT t.*, p.product_key, coalesce(p.version = t.version, false) AS is_current,
    d.id AS device_id
  FROM unnest($1::integer[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[])
    WITH ORDINALITY AS t (product_id, version, name, address, protocol, refusal, position)
    LEFT JOIN product p ON p.id = t.product_id
    LEFT JOIN LATERAL (SELECT id FROM device
      WHERE product_id = t.product_id AND name = t.name LIMIT 1) d ON true
), locked AS MATERIALIZED (
  SELECT i.position, d.*, o.state AS order_state, o.provisioning
  FROM (SELECT position, device_id FROM item
      WHERE is_current AND refusal IS NULL AND device_id IS NOT NULL ORDER BY device_id) i
    CROSS JOIN LATERAL (SELECT id, order_id, generation, state, activated_at, disabled_at
      FROM device WHERE id = i.device_id FOR UPDATE ${whenLocked}) d
    JOIN production_order o ON o.id = d.order_id
), judged AS MATERIALIZED (
  SELECT l.position, l.id, l.order_id, l.generation, j.verdict,
    j.verdict = 'granted' AND l.state = 'free' AS is_fresh,
    row_number() OVER (PARTITION BY l.id ORDER BY l.position) = 1 AS is_first
  FROM locked l CROSS JOIN LATERAL (SELECT CASE
    WHEN l.state = 'void' OR l.order_state IN ('minting', 'refused', 'aborted')
      THEN 'device_unknown'
    WHEN l.disabled_at IS NOT NULL THEN 'device_disabled'
    WHEN l.activated_at IS NOT NULL THEN 'device_active'
    WHEN l.state IN ('leased', 'confirmed') AND l.provisioning <> 'product-secret'
      THEN 'device_held'
    ELSE 'granted' END AS verdict) j
), counter AS MATERIALIZED (
  SELECT c.order_id, c.quota - c.shown AS room FROM order_count c
  WHERE c.order_id IN (SELECT order_id FROM judged WHERE is_fresh)
  ORDER BY c.order_id FOR UPDATE OF c
), decided AS MATERIALIZED (
  SELECT j.position, j.id, j.order_id, j.generation,
    CASE WHEN j.is_fresh AND j.rank > c.room THEN 'quota_used_up' ELSE j.verdict END AS verdict,
    j.is_fresh AND j.is_first AND j.rank <= c.room AS is_moved
  FROM (SELECT *, dense_rank() OVER (PARTITION BY order_id, is_fresh ORDER BY id) AS rank
          FROM judged) j
    LEFT JOIN counter c ON c.order_id = j.order_id
), moved AS (
  UPDATE device d SET state = 'issued' FROM decided x WHERE d.id = x.id AND x.is_moved
), counted AS (
  UPDATE order_count c
  SET free = c.free - n.fresh, issued = c.issued + n.fresh, shown = c.shown + n.fresh
  FROM (SELECT order_id, count(*)::integer AS fresh FROM decided WHERE is_moved GROUP BY order_id) n
  WHERE c.order_id = n.order_id
), answer AS MATERIALIZED (
  SELECT i.*, x.order_id, x.generation, x.is_moved,
    CASE WHEN NOT i.is_current THEN 'policy_changed'
      ELSE coalesce(i.refusal, x.verdict,
        CASE WHEN i.device_id IS NULL THEN 'device_unknown' ELSE 'locked' END) END AS verdict
  FROM item i LEFT JOIN decided x ON x.position = i.position
), told AS (
  INSERT INTO audit_event (action, actor, address, product_key, device_name, order_id, detail)
  SELECT CASE verdict WHEN 'granted' THEN 'device.registered' ELSE 'registration.refused' END,
    'device', address, product_key, name, order_id,
    CASE WHEN verdict <> 'granted' THEN jsonb_build_object('protocol', protocol, 'reason', verdict)
      WHEN is_moved THEN jsonb_build_object('protocol', protocol)
      ELSE jsonb_build_object('protocol', protocol, 'repeat', true) END
  FROM answer WHERE verdict NOT IN ('policy_changed', 'locked') ORDER BY position
)
SELECT verdict, order_id AS "orderId", generation FROM answer ORDER BY position`;
}

const together = { name: 'registration.register', text: textOf('SKIP LOCKED') };
const alone = { name: 'registration.register_alone', text: textOf('') };

/** Registrations in PostgreSQL. */
@Injectable()
export class RegistrationStore {
  /**
   * Registers devices or refuses them, with audit rows and counters.
   *
   * Shape: one outcome per item, in order; `locked` for a device that somebody else is at, with
   * which nothing was done.
   */
  async register(
    tx: Tx,
    items: readonly RegistrationItem[],
  ): Promise<(RegistrationOutcome | { readonly verdict: 'locked' })[]> {
    return await prepared(tx, together, parametersOf(items));
  }

  /** The same for one device; waits for whoever is at it. */
  async registerAlone(tx: Tx, item: RegistrationItem): Promise<RegistrationOutcome> {
    const [outcome] = await prepared<RegistrationOutcome>(tx, alone, parametersOf([item]));
    if (!outcome) throw new Error('a registration without an outcome');
    return outcome;
  }
}

function parametersOf(items: readonly RegistrationItem[]): unknown[] {
  return [
    items.map((item) => item.productId),
    items.map((item) => item.productVersion),
    items.map((item) => item.deviceName),
    items.map((item) => item.address),
    items.map((item) => item.protocol),
    items.map((item) => item.refusal),
  ];
}
