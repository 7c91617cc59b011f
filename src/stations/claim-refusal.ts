import { DomainError } from '../core/errors.js';
import type { ErrorCode } from '../core/errors.js';
import { publicId } from '../core/public-id.js';
import type { Holder, LeaseVerdict, UnitClaim } from './claim.js';
import type { LeaseAnswer } from './claim-lease.store.js';

/** The error for an answer of the leasing statement that is no lease. */
export function refusalOf(claim: UnitClaim, answer: LeaseAnswer): DomainError {
  const { verdict, heldBy, allowedFirmware } = answer;
  if (heldBy) return heldElsewhere(claim, verdict, heldBy);
  if (allowedFirmware) return firmwareRefused(claim, allowedFirmware);
  return refusal(claim, verdict);
}

/** The error for a verdict that says all there is to say. */
export function refusal({ orderId, unit }: UnitClaim, verdict: LeaseVerdict): DomainError {
  const order = publicId('ord', orderId);
  const [code, detail] = reason(verdict, order, unit.identity);
  return new DomainError(code, detail, { orderId: order });
}

/** Names what an engineer voids to free the unit. */
function heldElsewhere(
  { orderId, unit }: UnitClaim,
  verdict: LeaseVerdict,
  held: Holder,
): DomainError {
  const { productKey, deviceName } = held;
  const heldBy = {
    orderId: publicId('ord', held.orderId),
    claimId: publicId('clm', held.claimId),
    unit: held.unit,
    productKey,
    deviceName,
  };
  const place = `${deviceName} in ${productKey} of ${heldBy.orderId} by ${heldBy.claimId}`;
  const data = { orderId: publicId('ord', orderId), heldBy };
  if (verdict === 'known_otherwise') {
    const detail = `${unit.identity} shares a number with ${held.unit}, which holds ${place}.`;
    return new DomainError('unit.known_otherwise', detail, data);
  }
  return new DomainError('unit.bound_elsewhere', `${unit.identity} holds ${place}.`, data);
}

function firmwareRefused({ orderId, unit }: UnitClaim, allowed: readonly string[]): DomainError {
  const order = publicId('ord', orderId);
  const reported = unit.firmware ?? null;
  const has = reported === null ? 'reports no firmware' : `has ${reported}`;
  const detail = `${unit.identity} ${has}; ${order} allows ${allowed.join(', ')}.`;
  return new DomainError('unit.firmware_not_allowed', detail, {
    orderId: order,
    reported,
    allowed,
  });
}

function reason(verdict: LeaseVerdict, order: string, unit: string): [ErrorCode, string] {
  switch (verdict) {
    case 'order_unknown':
      return ['order.not_found', `There is no order ${order}.`];
    case 'station_not_allowed':
      return ['order.station_not_allowed', `${order} names other stations.`];
    case 'minting':
      return ['order.minting', `${order} is still minting.`];
    case 'refused':
      return ['order.refused', `${order} was refused.`];
    case 'held':
      return ['order.held', `${order} waits for an admin after a restore.`];
    case 'expired':
      return ['order.expired', `${order} has expired.`];
    case 'closed':
    case 'aborted':
      return ['order.closed', `${order} is ${verdict}.`];
    case 'firmware_not_allowed':
      return ['unit.firmware_not_allowed', `${order} does not allow the firmware of ${unit}.`];
    case 'bound_elsewhere':
      return ['unit.bound_elsewhere', `${unit} holds a triple of another order.`];
    case 'known_otherwise':
      return ['unit.known_otherwise', `${unit} shares a number with another unit.`];
    case 'quota_used_up':
      return ['order.quota_used_up', `${order} has given out its quota.`];
    case 'stock_empty':
      return ['order.stock_empty', `${order} has no free triple left.`];
    case 'leased':
    case 'reissued':
    case 'contended':
      return ['internal', `${verdict} is no refusal.`];
  }
}
