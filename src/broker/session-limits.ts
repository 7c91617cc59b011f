/** The part of the broker's memory that grows with sessions that outlive their connection. */
export interface SessionMemory<Client extends Identified = Identified> {
  addSubscriptions(client: Client, subs: readonly Wish[]): Promise<unknown>;
  outgoingEnqueue(sub: Subscriber, packet: unknown): Promise<void>;
  outgoingEnqueueCombi(subs: readonly Subscriber[], packet: unknown): Promise<void>;
  outgoingClearMessageId(client: Identified, packet: unknown): Promise<unknown>;
}

interface Identified {
  readonly id: string;
}

interface Wish {
  readonly topic: string;
}

interface Subscriber {
  readonly clientId: string;
}

/** Units: sessions; messages a session may leave unacknowledged. */
export interface SessionLimits {
  readonly maxSessions: number;
  readonly maxMessages: number;
}

const defaultLimits: SessionLimits = { maxSessions: 10_000, maxMessages: 100 };

/**
 * Bounds what clean=0 sessions may keep in memory.
 *
 * Shape: beyond `maxSessions` a device gets a clean session (the CONNACK says that none is
 * present); beyond `maxMessages` a message is not kept for a device that does not acknowledge.
 */
export class BoundedSessions {
  readonly #ids = new Set<string>();
  readonly #waiting = new Map<string, number>();

  constructor(private readonly limits: SessionLimits = defaultLimits) {}

  /** Tells whether a device may keep a session; remembers that it does. */
  mayKeep(id: string): boolean {
    if (!this.#ids.has(id) && this.#ids.size >= this.limits.maxSessions) return false;
    this.#ids.add(id);
    return true;
  }

  /** Tells whether a session has as many messages waiting as it may. */
  isFull(id: string): boolean {
    return (this.#waiting.get(id) ?? 0) >= this.limits.maxMessages;
  }

  forget(id: string): void {
    this.#ids.delete(id);
  }

  /**
   * Counts what a memory keeps for each session, and turns away what is too much.
   *
   * Shape: `isGranted` tells which filters a client holds; the broker would also keep those of a
   * SUBSCRIBE that were refused.
   */
  bound<Client extends Identified>(
    memory: SessionMemory<Client>,
    isGranted: (client: Client, filter: string) => boolean,
  ): void {
    const add = memory.addSubscriptions.bind(memory);
    const enqueueOne = memory.outgoingEnqueue.bind(memory);
    const enqueue = memory.outgoingEnqueueCombi.bind(memory);
    const clear = memory.outgoingClearMessageId.bind(memory);
    memory.addSubscriptions = (client, subs) =>
      add(
        client,
        subs.filter(({ topic }) => isGranted(client, topic)),
      );
    // Whoever sends to one session asks `isFull` before.
    memory.outgoingEnqueue = async (sub, packet) => {
      this.#take(sub.clientId);
      await enqueueOne(sub, packet);
    };
    memory.outgoingEnqueueCombi = async (subs, packet) => {
      const kept = subs.filter(({ clientId }) => this.#take(clientId));
      await enqueue(kept, packet);
    };
    memory.outgoingClearMessageId = async (client, packet) => {
      const cleared = await clear(client, packet);
      if (cleared !== undefined) this.#release(client.id);
      return cleared;
    };
  }

  #take(id: string): boolean {
    if (this.isFull(id)) return false;
    this.#waiting.set(id, (this.#waiting.get(id) ?? 0) + 1);
    return true;
  }

  #release(id: string): void {
    const waiting = (this.#waiting.get(id) ?? 0) - 1;
    if (waiting > 0) this.#waiting.set(id, waiting);
    else this.#waiting.delete(id);
  }
}
