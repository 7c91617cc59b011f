import { rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';
import { storyActions } from './device-story.js';
import type { DeviceStanding, StoryEvent } from './device-story.js';

/** An entry of the history beside the device it is about, as that stands now. */
export interface StoryRow extends StoryEvent {
  readonly deviceId: number;
  readonly orderId: number;
  readonly productKey: string;
  readonly deviceName: string;
  readonly standing: DeviceStanding;
}

/** Rows taken from the cursor at once. */
const fetchSize = 10_000;

/**
 * Reads the history device by device, each in the order of what happened to it.
 *
 * Shape: inside a transaction; the database sorts on disk, here is only one page at a time. Units
 * that registered without pre-registration hold tokens and are left out: they have no triple.
 */
export async function* readStories(tx: Tx): AsyncGenerator<StoryRow> {
  await rows(
    tx,
    `DECLARE story NO SCROLL CURSOR FOR
     SELECT e.id, e.action, CASE WHEN e.action LIKE 'claim.%' THEN e.unit END AS unit,
       d.id::float8 AS "deviceId", d.order_id AS "orderId", p.product_key AS "productKey",
       d.name AS "deviceName", json_build_object('state', d.state, 'claimState', c.state,
         'unit', c.unit, 'isActivated', d.activated_at IS NOT NULL) AS standing
     FROM audit_event e
       JOIN product p ON p.product_key = e.product_key
       JOIN device d ON d.product_id = p.id AND d.name = e.device_name
       JOIN production_order o ON o.id = d.order_id AND o.kind <> 'standing'
       LEFT JOIN claim c ON c.device_id = d.id
     WHERE e.action IN (${storyActions.map((action) => `'${action}'`).join(', ')})
     ORDER BY d.id, e.id`,
    [],
  );
  for (;;) {
    const page = await rows<StoryRow>(tx, `FETCH ${fetchSize} FROM story`, []);
    yield* page;
    if (page.length < fetchSize) return;
  }
}
