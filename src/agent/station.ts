import { z } from 'zod';
import type { Api } from '../commands/api-client.js';
import { DomainError } from '../core/errors.js';
import type { JigSlot } from '../jig/jig.js';
import { jigSlots } from './slots.js';

const meShape = z.object({
  name: z.string(),
  slots: z.array(
    z.object({ slot: z.number(), port: z.string(), dialect: z.string().nullable().default(null) }),
  ),
  orders: z.array(z.object({ orderId: z.string() })),
});

/** What the engineer has fixed. Shape: what is absent is asked from the service. */
export interface WorkWish {
  readonly slots: readonly JigSlot[] | undefined;
  readonly orderId: string | undefined;
}

/** What a run works on. */
export interface Work {
  readonly slots: readonly JigSlot[];
  readonly orderId: string;
}

/**
 * Finds out what to work on, and whether the service knows the key.
 *
 * Shape: where all is fixed, a service that does not answer is no reason to stop; `trouble` says so.
 * Errors: those of the API; `run.no_slots`, `agent.order_needed`, and those of `jigSlots`.
 */
export async function workOf(
  api: Api,
  { slots, orderId }: WorkWish,
): Promise<Work & { readonly trouble?: DomainError }> {
  try {
    const me = await askMe(api);
    return { slots: slots ?? slotsOf(me), orderId: orderId ?? onlyOrderOf(me) };
  } catch (error) {
    const isAway = error instanceof DomainError && error.entry.retryable;
    if (!isAway || slots === undefined || orderId === undefined) throw error;
    return { slots, orderId, trouble: error };
  }
}

async function askMe(api: Api): Promise<z.infer<typeof meShape>> {
  const parsed = meShape.safeParse(await api.get('/me'));
  if (!parsed.success) {
    throw new DomainError('agent.answer_unreadable', 'It is not what a station is told of itself.');
  }
  return parsed.data;
}

function slotsOf({ name, slots }: z.infer<typeof meShape>): JigSlot[] {
  if (slots.length > 0) return jigSlots(slots);
  throw new DomainError('run.no_slots', `${name} has none; give --slots.`);
}

function onlyOrderOf({ name, orders }: z.infer<typeof meShape>): string {
  const [first, ...others] = orders;
  if (first && others.length === 0) return first.orderId;
  const known = orders.map(({ orderId }) => orderId).join(', ');
  throw new DomainError('agent.order_needed', `${name} may use ${known || 'no open order'}.`);
}
