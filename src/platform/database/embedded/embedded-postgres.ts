import { setTimeout as delay } from 'node:timers/promises';
import { Secret } from '../../../core/secret.js';
import { makeCluster, roleName } from './cluster.js';
import type { Guard } from './guard.js';
import { settlePlace } from './place.js';
import type { Place } from './place.js';
import type { ServerSettings } from './postmaster.js';
import { Server } from './server.js';

/** How to run the embedded server. */
export interface EmbeddedOptions {
  readonly dataDir: string;
  /** Told `database.started`, `.adopted`, `.lost`, `.back`, `.restart_failed`, `.stopped`, `.left`. */
  readonly log: (event: string, fields: object) => void;
  /** Settings of PostgreSQL on top of ours; tests turn `fsync` off. */
  readonly settings?: ServerSettings;
}

/** A running embedded server, shared with every other process of the same data directory. */
export interface EmbeddedPostgres {
  /** Shape: `postgres://triplemint:<password>@127.0.0.1:<port>/triplemint`; stays as it is. */
  readonly url: Secret;
  /** Leaves the server; the last of the processes that share it stops it. */
  stop(): Promise<void>;
}

const retryPauseMs = 500;

/**
 * Runs PostgreSQL for a data directory: makes the cluster, starts or adopts the server, and starts it
 * again whenever it dies, until `stop()`.
 *
 * Shape: any number of processes may do so at once and meet on one server. Whoever is asked to stop
 * while this has not answered yet waits for it and calls `stop()`, else the server stays.
 * Units: gives up after 10 s without progress; a server that is recovering is waited for.
 * Errors: `database.embedded_failed`.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const settings = options.settings ?? {};
  const place = await settlePlace(options.dataDir);
  await makeCluster(place, settings['fsync'] !== 'off');
  const keeper = new Keeper(place, new Server(place, settings), options.log);
  await keeper.start();
  return keeper;
}

class Keeper implements EmbeddedPostgres {
  #guard: Guard | undefined;
  #port: number | undefined;
  #watch: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | undefined;

  constructor(
    private readonly place: Place,
    private readonly server: Server,
    private readonly log: EmbeddedOptions['log'],
  ) {}

  get url(): Secret {
    const password = this.place.password.expose();
    return new Secret(
      `postgres://${roleName}:${password}@127.0.0.1:${this.#port ?? 0}/${roleName}`,
    );
  }

  async start(): Promise<void> {
    const isAdopted = await this.#meet();
    this.log(isAdopted ? 'database.adopted' : 'database.started', { port: this.#port });
    this.#watch = this.#keep();
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    await Promise.resolve(); // `#stopped` is set from here on
    if (!this.#guard) await this.#watch; // the server is just being started again
    const isLast = await this.#leave();
    if (isLast) await this.server.stop();
    await this.#guard?.close();
    await this.#watch;
    this.log(isLast ? 'database.stopped' : 'database.left', { port: this.#port });
  }

  /** Gives the seat up; true if the server is ours to stop. */
  async #leave(): Promise<boolean> {
    if (!this.#guard) return true;
    try {
      return await this.#guard.leave();
    } catch {
      // The connection broke: the server has failed, or another one is just stopping it.
      const met = await this.server.meetAgain();
      if (typeof met === 'string') return met === 'silent';
      this.#guard = met;
      return await met.leave().catch(() => true);
    }
  }

  /** Waits until the seat is lost and takes a new one, over and over. */
  async #keep(): Promise<void> {
    while (this.#guard) {
      await this.#guard.lost;
      if (this.#isStopping()) return;
      this.#guard = undefined;
      this.log('database.lost', { port: this.#port });
      await this.#comeBack();
    }
  }

  async #comeBack(): Promise<void> {
    while (!this.#isStopping()) {
      try {
        await this.#meet();
        this.log('database.back', { port: this.#port });
        return;
      } catch (error) {
        if (this.#isStopping()) return;
        this.log('database.restart_failed', { err: error });
        await delay(retryPauseMs);
      }
    }
  }

  #isStopping(): boolean {
    return this.#stopped !== undefined;
  }

  /** Takes a seat; the port we have told others is the port the server comes back on. */
  async #meet(): Promise<boolean> {
    const meeting = await this.server.meet(this.#port, () => this.#isStopping());
    this.#guard = meeting.guard;
    this.#port = meeting.port;
    return meeting.isAdopted;
  }
}
