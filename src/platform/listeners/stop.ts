import type { Server } from 'node:net';
import type { RequestsInFlight } from './requests-in-flight.js';
import type { Sockets } from './sockets.js';

/** Ends what its owner keeps open; resolves when nothing more will be written. */
export type StopHandler = () => Promise<void> | void;

/** What a stop works on. Units: `deadlineMs` from the call. */
export interface StopPlan {
  readonly servers: readonly Server[];
  readonly closeIdle: () => void;
  readonly requests: RequestsInFlight;
  readonly sockets: Sockets;
  readonly handlers: readonly StopHandler[];
  readonly onTrouble: (error: unknown) => void;
  readonly deadlineMs: number;
}

const closeIdleEveryMs = 100;
const goodbyeMs = 500;

/**
 * Stops accepting, waits for what is in flight, then closes every socket; at the deadline by force.
 *
 * Keep-alive connections are closed as they fall idle, so a client that keeps asking cannot hold
 * the stop up. Never rejects.
 */
export async function stopGently(plan: StopPlan): Promise<void> {
  const deadline = new Deadline(plan.deadlineMs);
  for (const server of plan.servers) server.close();
  const tidy = (): void => {
    plan.requests.stop();
    plan.closeIdle();
  };
  tidy();
  const timer = setInterval(tidy, closeIdleEveryMs);
  await deadline.orSooner(Promise.all([runAll(plan), plan.requests.none()]));
  clearInterval(timer);
  plan.sockets.endAll();
  await deadline.atMost(goodbyeMs).orSooner(plan.sockets.none());
  plan.sockets.destroyAll();
  await new Deadline(goodbyeMs).orSooner(plan.sockets.none());
}

async function runAll({ handlers, onTrouble }: StopPlan): Promise<void> {
  await Promise.all(
    handlers.map(async (handler) => {
      try {
        await handler();
      } catch (error) {
        onTrouble(error);
      }
    }),
  );
}

/** A moment after which nobody is waited for. */
class Deadline {
  readonly #endsAtMs: number;

  constructor(timeoutMs: number) {
    this.#endsAtMs = performance.now() + timeoutMs;
  }

  atMost(timeoutMs: number): Deadline {
    return new Deadline(Math.min(timeoutMs, this.#leftMs()));
  }

  async orSooner(work: Promise<unknown>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const end = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#leftMs());
    });
    await Promise.race([work, end]);
    clearTimeout(timer);
  }

  #leftMs(): number {
    return Math.max(0, this.#endsAtMs - performance.now());
  }
}
