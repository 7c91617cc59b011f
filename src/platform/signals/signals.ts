import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import type { Secret } from '../../core/secret.js';
import { afterCommit } from '../database/joined-transaction.js';
import { rows } from '../database/query.js';
import type { Tx } from '../database/transaction.js';
import { LOGGER } from '../logger.js';
import type { Logger } from '../logger.js';
import { takeSeat } from './seat.js';

/** Injection token of the database URL, which the listening connection needs for itself. */
export const DATABASE_URL = Symbol('DatabaseUrl');

const signalChannel = 'triplemint';

/** Units: ms between two signals to ourselves, and before a reconnect. */
const usualBeatMs = 15_000;
const reconnectAfterMs = 1000;
const beatTopic = 'beat';

/**
 * What may be signalled between floors and between replicas.
 *
 * Shape: `forget` goes with `device` and stays in this copy: what is remembered of a device must be
 * gone when its change is answered, before the signal is back.
 */
export type Topic =
  | 'product'
  | 'device'
  | 'connection'
  | 'downlink'
  | 'forget'
  | 'keys'
  | 'api-key'
  | 'run'
  | 'run-abort';

/** Sends a signal from wherever there is no copy of the service; see `Signals.send`. */
export async function sendSignal(tx: Tx, topic: Topic, key: string): Promise<void> {
  await rows(tx, 'SELECT pg_notify($1, $2)', [signalChannel, `${topic} ${key}`]);
}

/** Takes a signal. Shape: `key` names what changed; undefined means "anything may have changed". */
export type SignalHandler = (key: string | undefined) => void | Promise<void>;

/**
 * Tells other floors and other replicas that something changed.
 *
 * Shape: LISTEN/NOTIFY on a connection of its own. Now and then it sends a signal to itself: as long
 * as these come back none can be lost, for they keep their order. When one does not, and after a
 * reconnect, every handler is called with undefined, so a lost signal is only late.
 */
@Injectable()
export class Signals implements OnApplicationShutdown {
  readonly #handlers = new Map<Topic, SignalHandler[]>();
  #client: pg.Client | undefined;
  #beats: NodeJS.Timeout | undefined;
  #isBeatHeard = true;
  #isStopped = false;
  #copy: number | undefined;

  constructor(
    @Inject(DATABASE_URL) private readonly url: Secret,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** The number of this copy of the service, which no other one ever has. */
  get copy(): number {
    if (this.#copy === undefined) throw new Error('the signals were not started');
    return this.#copy;
  }

  on(topic: Topic, handler: SignalHandler): void {
    this.#handlers.set(topic, [...(this.#handlers.get(topic) ?? []), handler]);
  }

  /** Sends a signal; it goes out when the transaction commits. */
  async send(tx: Tx, topic: Topic, key: string): Promise<void> {
    await sendSignal(tx, topic, key);
  }

  /** Tells the handlers of this copy, after the commit of the deed that was just done. */
  async tellHere(topic: Topic, key: string | undefined): Promise<void> {
    await afterCommit(() => this.#tell(this.#handlers.get(topic) ?? [], key));
  }

  /**
   * Sends many signals in one statement, in order, outside any transaction.
   *
   * Shape: nothing is made durable by it, so it does not wait for the disk.
   */
  async sendAll(tx: Tx, topic: Topic, keys: readonly string[]): Promise<void> {
    await rows(
      tx,
      `WITH soon AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true) AS value)
       SELECT pg_notify($1, $2 || ' ' || key)
       FROM soon, unnest($3::text[]) WITH ORDINALITY AS wanted (key, place)
       WHERE soon.value IS NOT NULL ORDER BY place`,
      [signalChannel, topic, keys],
    );
  }

  /**
   * Starts to listen. Units: ms between two signals to ourselves.
   *
   * Errors: those of the database, when it is away at the start.
   */
  async start(beatEveryMs = usualBeatMs): Promise<void> {
    await this.#connect();
    this.#beats = setInterval(() => void this.#beat(), beatEveryMs).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#beats);
    await this.#client?.end().catch(() => undefined);
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url.expose(),
      connectionTimeoutMillis: 5000,
      keepAlive: true,
      application_name: 'triplemint signals',
    });
    client.on('error', () => undefined);
    client.on('notification', ({ payload = '' }) => void this.#take(payload));
    this.#client = client;
    try {
      await client.connect();
      await client.query(`LISTEN ${signalChannel}`);
      this.#copy = await takeSeat(client, this.#copy);
    } catch (error) {
      void client.end().catch(() => undefined);
      throw error;
    }
    // Only from here on: a connection that never came up has an end as well.
    client.on('end', () => {
      this.#reconnectLater();
    });
  }

  #reconnectLater(): void {
    if (!this.#isStopped) setTimeout(() => void this.#reconnect(), reconnectAfterMs).unref();
  }

  async #reconnect(): Promise<void> {
    if (this.#isStopped) return;
    try {
      await this.#connect();
    } catch (error) {
      this.log.warn({ err: error }, 'signals.reconnect_failed');
      this.#reconnectLater();
      return;
    }
    await this.#tellAll();
  }

  /** Hears whether the last signal to ourselves came back, and sends the next. */
  async #beat(): Promise<void> {
    const client = this.#client;
    if (!this.#isBeatHeard) {
      this.log.warn('signals.not_heard');
      await this.#tellAll(); // behind some poolers nothing is ever heard: then this is a poll
    }
    this.#isBeatHeard = false;
    await client
      ?.query(`NOTIFY ${signalChannel}, '${beatTopic} ${this.copy}'`)
      .catch(() => undefined);
  }

  async #take(payload: string): Promise<void> {
    const [topic = '', ...key] = payload.split(' ');
    if (topic === beatTopic) {
      if (key[0] === String(this.copy)) this.#isBeatHeard = true;
      return;
    }
    await this.#tell(this.#handlers.get(topic as Topic) ?? [], key.join(' '));
  }

  async #tellAll(): Promise<void> {
    for (const handlers of this.#handlers.values()) await this.#tell(handlers, undefined);
  }

  async #tell(handlers: readonly SignalHandler[], key: string | undefined): Promise<void> {
    for (const handler of handlers) {
      try {
        await handler(key);
      } catch (error) {
        this.log.warn({ err: error }, 'signals.handler_failed');
      }
    }
  }
}
