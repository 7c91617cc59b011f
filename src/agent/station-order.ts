import { z } from 'zod';
import type { Api } from '../commands/api-client.js';
import { DomainError } from '../core/errors.js';
import { orderStates, proofs, provisionings } from '../core/lifecycle.js';
import { assertNotOver, holders } from '../core/order-over.js';
import type { OrderTerms } from '../jig/order-terms.js';

/**
 * An order as a station is told of it.
 *
 * Shape: what `/me` lists is open, and is told without state and counters. Terms that an older service
 * does not tell, or that this version does not know, are absent: the claim tells them.
 */
export const stationOrderShape = z.object({
  orderId: z.string(),
  state: z.enum(orderStates).catch('open'),
  leased: z.number().default(0),
  failed: z.number().default(0),
  confirmed: z.number().default(0),
  provisioning: z.enum(provisionings).optional().catch(undefined),
  acceptVolatile: z.boolean().optional(),
  acceptProofs: z.array(z.enum(proofs)).optional().catch(undefined),
});

/** What a station is told of an order. */
export type StationOrder = z.infer<typeof stationOrderShape>;

/**
 * Asks for an order that is not among the open ones of the station, and makes sure that there is work.
 *
 * Shape: one that is minting opens by itself; of one that is over, units that hold its triples may
 * still be worked on. An older service does not show orders to stations: its claims tell.
 * Errors: those of the API, `order.not_found` and `order.station_not_allowed` for two; `order.closed`,
 * `order.expired`, `order.refused`, `order.held`, `agent.answer_unreadable`.
 */
export async function askOrder(api: Api, orderId: string): Promise<StationOrder> {
  const answer = await api.get(`/orders/${orderId}`).catch((error: unknown) => {
    if (error instanceof DomainError && error.code === 'key.role_not_allowed') return { orderId };
    throw error;
  });
  const parsed = stationOrderShape.safeParse(answer);
  if (!parsed.success) {
    throw new DomainError('agent.answer_unreadable', `It is not what ${orderId} is.`);
  }
  assertNotOver(orderId, parsed.data.state, holders(parsed.data));
  return parsed.data;
}

/** What is to be said of an order before its units come, if anything. */
export function remarkOn({ orderId, state }: StationOrder): string | undefined {
  if (state === 'open') return undefined;
  if (state === 'minting') return `${orderId} is still minting`;
  return `${orderId} is ${state}: only units that have a triple of it already are finished`;
}

/** The terms of an order; nothing where they are not all known. */
export function termsOf({
  provisioning,
  acceptVolatile,
  acceptProofs,
}: StationOrder): OrderTerms | undefined {
  if (!provisioning || acceptVolatile === undefined || !acceptProofs) return undefined;
  return { provisioning, acceptVolatile, acceptProofs };
}
