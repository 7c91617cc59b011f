import { DomainError } from './errors.js';
import type { ErrorCode } from './errors.js';
import type { OrderCount, OrderState } from './lifecycle.js';

const overCodes: Readonly<Record<Exclude<OrderState, 'open' | 'minting'>, ErrorCode>> = {
  closed: 'order.closed',
  aborted: 'order.closed',
  expired: 'order.expired',
  refused: 'order.refused',
  held: 'order.held',
};

/** Counts the units that hold triples of an order: each may be worked on again when it is over. */
export function holders(count: Pick<OrderCount, 'leased' | 'failed' | 'confirmed'>): number {
  return count.leased + count.failed + count.confirmed;
}

/**
 * Refuses work on an order that is over where none of its units can be worked on any more; one that is
 * minting opens by itself.
 *
 * Shape: `units` are those that got their triples before, as `holders` counts them.
 * Errors: `order.closed`, `order.expired`, `order.refused`, `order.held`.
 */
export function assertNotOver(orderId: string, state: OrderState, units: number): void {
  if (state === 'open' || state === 'minting' || units > 0) return;
  throw new DomainError(overCodes[state], `${orderId} is ${state}.`, { orderId });
}
