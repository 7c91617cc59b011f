import { publicId } from '../core/public-id.js';
import { slotStreak } from './attention.js';
import type { AttentionKind, AttentionRow } from './attention.js';

/** What a person is told to do, in both languages. */
interface Action {
  readonly en: string;
  readonly zh: string;
}

/** A thing that needs attention as it is answered. */
export interface AttentionView {
  readonly kind: AttentionKind;
  readonly since: string | null;
  readonly detail: string;
  readonly action: Action;
  readonly reason: string | null;
  readonly orderId: string | null;
  readonly productKey: string | null;
  readonly stationId: string | null;
  readonly stationName: string | null;
  readonly slot: number | null;
  readonly claimId: string | null;
  readonly unit: string | null;
  readonly deviceName: string | null;
  readonly remaining: number | null;
  /** Where the unit is traced. */
  readonly trace: string | null;
}

const actions: Readonly<Record<AttentionKind, Action>> = {
  unit_doubted: {
    en: 'Put the unit aside; write its own triple again at a station, or void the device.',
    zh: '请隔离该模组;在工位重新写入其三元组,或作废该设备。',
  },
  slot_failing: {
    en: 'Look at the contacts, cable and port of the slot; try a unit that is known to be good.',
    zh: '请检查该槽位的触点、线缆和端口,并用已知良好的模组试测。',
  },
  claim_failed: {
    en: 'Put the unit in again; if it is scrap, void its claim with a reason.',
    zh: '请将该模组重新上线;若已报废,请注明原因作废其申领。',
  },
  lease_stale: {
    en: 'Find the unit and put it in again; if it is lost, void its claim with a reason.',
    zh: '请找到该模组并重新上线;若已遗失,请注明原因作废其申领。',
  },
  order_held: {
    en: 'Have what was given out after the backup written down, then run triplemint release.',
    zh: '请确认备份之后已发放的三元组,然后执行 triplemint release。',
  },
  order_refused: {
    en: 'Read the reason and place a corrected order.',
    zh: '请查看拒绝原因后重新下单。',
  },
  order_used_up: {
    en: 'Close the order, or have its quota raised.',
    zh: '请关闭该订单,或申请提高配额。',
  },
  order_low: {
    en: 'Have the quota raised or another order placed before the line stops.',
    zh: '请在停线之前申请提高配额或另下订单。',
  },
  order_expired: {
    en: 'Close the order, or have its end put off; open claims may still be confirmed.',
    zh: '请关闭该订单或延长有效期;未完成的申领仍可确认。',
  },
  order_expiring: {
    en: 'Finish the order or have its end put off.',
    zh: '请尽快完成该订单或延长有效期。',
  },
};

/** Builds the answer for one item, field by field. */
export function attentionView(row: AttentionRow): AttentionView {
  const { claimId, orderId, stationId } = row;
  return {
    kind: row.kind,
    since: row.since?.toISOString() ?? null,
    detail: detailOf(row),
    action: actions[row.kind],
    reason: row.reason,
    orderId: orderId === null ? null : publicId('ord', orderId),
    productKey: row.productKey,
    stationId: stationId === null ? null : publicId('st', stationId),
    stationName: row.stationName,
    slot: row.slot,
    claimId: claimId === null ? null : publicId('clm', claimId),
    unit: row.unit,
    deviceName: row.deviceName,
    remaining: row.remaining,
    trace: row.unit === null ? null : `/api/v1/units/${encodeURIComponent(row.unit)}`,
  };
}

function detailOf({ kind, unit, slot, stationName, reason, remaining }: AttentionRow): string {
  const why = reason === null ? '' : `: ${reason}`;
  const seat = `${stationName ?? ''}${slot === null ? '' : ` slot ${slot}`}`;
  switch (kind) {
    case 'unit_doubted':
      return `${unit ?? ''} is confirmed, but was reported at ${seat}${why}.`;
    case 'slot_failing':
      return `The last ${slotStreak} attempts at ${seat} failed, the latest${why || ' without a reason'}.`;
    case 'claim_failed':
      return `${unit ?? ''} failed at ${seat}${why}, and was not tried again.`;
    case 'lease_stale':
      return `${unit ?? ''} got a triple at ${seat} and was never confirmed.`;
    case 'order_held':
      return 'The order came back from a backup and gives out nothing until it is released.';
    case 'order_refused':
      return `The order was refused${why}.`;
    case 'order_used_up':
      return 'The order has nothing left to give out.';
    case 'order_low':
      return `The order has ${remaining ?? 0} triples left to give out.`;
    case 'order_expired':
      return 'The order has expired and is not done.';
    case 'order_expiring':
      return `The order ends soon and has ${remaining ?? 0} triples left.`;
  }
}
