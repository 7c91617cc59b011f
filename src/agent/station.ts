import { z } from 'zod';
import type { Dialect } from '../at/dialect.js';
import type { Api } from '../commands/api-client.js';
import { DomainError } from '../core/errors.js';
import type { JigSlot } from '../jig/jig.js';
import type { OrderTerms } from '../jig/order-terms.js';
import type { LearnDialects } from './learn-dialects.js';
import { jigSlots } from './slots.js';
import { askOrder, remarkOn, stationOrderShape, termsOf } from './station-order.js';
import type { StationOrder } from './station-order.js';

const meShape = z.object({
  stationId: z.string(),
  name: z.string(),
  slots: z.array(
    z.object({ slot: z.number(), port: z.string(), dialect: z.string().nullable().default(null) }),
  ),
  orders: z.array(stationOrderShape),
});

/** Orders that an error names. */
const mostNamed = 10;

const claimShape = z.object({ state: z.string() });

/** What the service says of the station whose key we have. */
export type Me = z.infer<typeof meShape>;

/** What the service says of us, or why it says nothing now. */
export type Who = { readonly me: Me } | { readonly trouble: DomainError };

/** What the engineer has fixed. Shape: what is absent is asked from the service. */
export interface WorkWish {
  readonly slots: readonly JigSlot[] | undefined;
  readonly orderId: string | undefined;
}

/**
 * What a run works on.
 *
 * Shape: without `terms` those of the order are known by its claims only; `dialects` are those that a
 * module may speak whose slot names none, the built-in ones where absent.
 */
export interface Work {
  readonly slots: readonly JigSlot[];
  readonly orderId: string;
  readonly terms?: OrderTerms | undefined;
  readonly dialects?: readonly Dialect[] | undefined;
}

/** What was found out. Shape: `trouble` is why nothing was; `remark` is for the operator. */
export interface FoundWork extends Work {
  readonly trouble?: DomainError;
  readonly remark?: string | undefined;
}

/**
 * Finds out what to work on, and whether the service knows the order.
 *
 * Shape: where all is fixed, a service that does not answer is no reason to stop; `trouble` says so.
 * Errors: those of the API; `run.no_slots`, `agent.order_needed`, those of `learn`, of `jigSlots` and
 * of `askOrder`, with the orders that are open.
 */
export async function workOf(
  api: Api,
  who: Who,
  { slots, orderId }: WorkWish,
  learn?: LearnDialects,
): Promise<FoundWork> {
  try {
    if ('trouble' in who) throw who.trouble;
    const { me } = who;
    const order = orderId === undefined ? onlyOrderOf(me) : await orderOf(api, me, orderId);
    return {
      slots: slots ?? (await slotsOf(me, learn)),
      orderId: order.orderId,
      terms: termsOf(order),
      remark: remarkOn(order),
    };
  } catch (error) {
    if (!isAway(error) || slots === undefined || orderId === undefined) throw error;
    return { slots, orderId, trouble: error };
  }
}

/** Asks the service who we are, if it answers. Errors: its refusals, as those of `askMe`. */
export async function askWho(api: Api): Promise<Who> {
  try {
    return { me: await askMe(api) };
  } catch (error) {
    if (isAway(error)) return { trouble: error };
    throw error;
  }
}

/**
 * Asks the service who we are.
 *
 * Errors: those of the API; `agent.key_needed` where the key is of no station, `agent.answer_unreadable`.
 */
export async function askMe(api: Api): Promise<Me> {
  const answer = await api.get('/me').catch((error: unknown) => {
    if (!(error instanceof DomainError && error.code === 'station.missing')) throw error;
    throw new DomainError('agent.key_needed', 'The key is of no station.', {}, { cause: error });
  });
  const parsed = meShape.safeParse(answer);
  if (!parsed.success) {
    throw new DomainError('agent.answer_unreadable', 'It is not what a station is told of itself.');
  }
  return parsed.data;
}

/**
 * Tells whether a unit needs no more of us: its claim has failed or is void, or another station has it.
 *
 * Errors: those of the API.
 */
export async function isGone(api: Api, claimId: string): Promise<boolean> {
  try {
    const { state } = claimShape.parse(await api.get(`/claims/${claimId}`));
    return state === 'failed' || state === 'void';
  } catch (error) {
    if (error instanceof DomainError && error.code === 'claim.not_found') return true;
    throw error;
  }
}

function isAway(error: unknown): error is DomainError {
  return error instanceof DomainError && error.entry.retryable;
}

async function slotsOf({ name, slots }: Me, learn?: LearnDialects): Promise<JigSlot[]> {
  if (slots.length > 0) return jigSlots(slots, await learn?.(slots));
  throw new DomainError('run.no_slots', `${name} has none; give --slots.`);
}

function onlyOrderOf(me: Me): StationOrder {
  const [first, ...others] = me.orders;
  if (first && others.length === 0) return first;
  throw new DomainError('agent.order_needed', mayUse(me));
}

async function orderOf(api: Api, me: Me, orderId: string): Promise<StationOrder> {
  const open = me.orders.find((one) => one.orderId === orderId);
  if (open) return open;
  try {
    return await askOrder(api, orderId);
  } catch (error) {
    if (!(error instanceof DomainError && error.code.startsWith('order.'))) throw error;
    throw new DomainError(error.code, `${error.detail} ${mayUse(me)}`, {}, { cause: error });
  }
}

/** Shape: the newest ones; a line for a person has an end. */
function mayUse({ name, orders }: Me): string {
  const known = orders.slice(0, mostNamed).map(({ orderId }) => orderId);
  if (orders.length > mostNamed) known.push('…');
  return `${name} may use ${known.join(', ') || 'no open order'}.`;
}
