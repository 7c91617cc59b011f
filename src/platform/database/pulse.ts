import pg from 'pg';
import type { Socket } from 'node:net';
import type { ClientBase } from 'pg';
import type { DataSource } from 'typeorm';
import type { Secret } from '../../core/secret.js';

/** What a pulse needs to know. */
export interface PulseOptions {
  readonly url: Secret;
  /** Told `database.silent` and `database.answers`. */
  readonly log: (event: string) => void;
}

/** Units: ms; from a beat to the next, and how long the answer to one may take. */
const beatEveryMs = 250;
const answerWithinMs = 700;

const silent = new WeakSet<DataSource>();

/** Whether the database of a data source was found not to answer. */
export function isSilent(dataSource: DataSource): boolean {
  return silent.has(dataSource);
}

/**
 * Feels all the time whether PostgreSQL answers.
 *
 * A host that hangs, or a cable that is pulled, breaks no connection: every statement would wait for
 * ever. When a beat is not answered, all connections of the pool are dropped, so whoever waits is
 * refused within a second, and whoever comes is refused at once, until a beat is answered again.
 */
export class Pulse {
  readonly #clients = new Set<ClientBase>();
  #dataSource: DataSource | undefined;
  #own: pg.Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(private readonly options: PulseOptions) {}

  /** Takes a new connection of the pool among those that are dropped when the server hangs. */
  watch(client: ClientBase): void {
    this.#clients.add(client);
    client.once('end', () => this.#clients.delete(client));
  }

  start(dataSource: DataSource): void {
    this.#dataSource = dataSource;
    this.#plan();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    if (this.#own) drop(this.#own);
  }

  #plan(): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      void this.#beat().then(() => {
        this.#plan();
      });
    }, beatEveryMs).unref();
  }

  async #beat(): Promise<void> {
    const answer = this.#ask();
    const isInTime = await within(answer, answerWithinMs);
    if (this.#isStopped) return;
    if (isInTime) this.#answers();
    else this.#hangs();
  }

  /** A server that refuses us answers too: it leaves nobody waiting. */
  async #ask(): Promise<void> {
    try {
      this.#own ??= await this.#connect();
      await this.#own.query('SELECT 1');
    } catch {
      this.#forgetOwn();
    }
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.options.url.expose(),
      application_name: 'triplemint pulse',
      connectionTimeoutMillis: answerWithinMs * 2,
    });
    client.on('error', () => undefined);
    await client.connect();
    if (this.#isStopped) drop(client);
    return client;
  }

  #answers(): void {
    if (!this.#dataSource || !silent.delete(this.#dataSource)) return;
    this.options.log('database.answers');
  }

  #hangs(): void {
    this.#forgetOwn();
    for (const client of this.#clients) drop(client);
    if (!this.#dataSource || silent.has(this.#dataSource)) return;
    silent.add(this.#dataSource);
    this.options.log('database.silent');
  }

  #forgetOwn(): void {
    if (this.#own) drop(this.#own);
    this.#own = undefined;
  }
}

/** Whether work ends in time. After a pause of this whole process its timers come before its news. */
async function within(work: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => {
      timer = setTimeout(resolve, ms / 10, false);
    }, ms);
  });
  const done = work.then(() => true);
  return await Promise.race([done, late]).finally(() => {
    clearTimeout(timer);
  });
}

/** Breaks a connection at once; a polite end would wait for the server. */
function drop(client: ClientBase): void {
  const { connection } = client as unknown as { readonly connection: { readonly stream: Socket } };
  connection.stream.destroy();
}
