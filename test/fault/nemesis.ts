import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { readPidFile } from '../../src/platform/database/embedded/pid-file.js';
import { roleName } from '../../src/platform/database/embedded/cluster.js';
import { clusterPath, postmasterPid } from '../support/cluster.js';
import type { Plant } from './plant.js';

/** How often each kind of harm was done. */
export interface Faults {
  backendsKilled: number;
  servicesKilled: number;
  databaseStops: number;
}

/** Units: ms; how often each kind of harm is done, from the recovery after the one before. */
export interface Harm {
  readonly killBackendsEvery: number;
  readonly killServiceEvery: number;
  readonly stopDatabaseEvery: number;
}

/** Backends that are killed at once, of those that are at work. */
const backendsAtOnce = 2;

/** Units: ms; how long a starting service is spared. */
const startPatienceMs = 8_000;

/** Does harm to a plant until it is stopped. */
export class Nemesis {
  readonly faults: Faults = { backendsKilled: 0, servicesKilled: 0, databaseStops: 0 };
  readonly #end = new AbortController();
  #deeds: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly plant: Plant,
    private readonly harm: Harm,
  ) {}

  start(): void {
    this.#deeds = Promise.all([
      this.#killBackends(),
      this.#every(this.harm.killServiceEvery, () => this.#killService()),
      this.#every(this.harm.stopDatabaseEvery, () => this.#stopDatabase()),
    ]);
  }

  async stop(): Promise<void> {
    this.#end.abort();
    await this.#deeds;
  }

  async #every(ms: number, work: () => Promise<void>): Promise<void> {
    while (await this.#pause(ms)) await work();
  }

  /** Shape: false when it is time to end. */
  async #pause(ms: number): Promise<boolean> {
    await delay(ms, undefined, { signal: this.#end.signal }).catch(() => undefined);
    return !this.#end.signal.aborted;
  }

  async #killBackends(): Promise<void> {
    let client: pg.Client | undefined;
    while (await this.#pause(this.harm.killBackendsEvery)) {
      try {
        client ??= await this.#connect();
        const killed = await client.query(
          `SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity
             WHERE application_name = 'triplemint' AND state <> 'idle' ORDER BY random() LIMIT $1) victims`,
          [backendsAtOnce],
        );
        this.faults.backendsKilled += killed.rowCount ?? 0;
      } catch {
        // The database is down at this moment, by our own hand.
        void client?.end().catch(() => undefined);
        client = undefined;
      }
    }
    await client?.end().catch(() => undefined);
  }

  async #connect(): Promise<pg.Client> {
    const pidFile = await readPidFile(await clusterPath(this.plant.dataDir));
    const client = new pg.Client({
      host: '127.0.0.1',
      port: pidFile?.port ?? 0,
      user: roleName,
      database: roleName,
      password: await readFile(join(this.plant.dataDir, 'postgres.password'), 'utf8'),
      application_name: 'nemesis',
      connectionTimeoutMillis: 500,
    });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  async #killService(): Promise<void> {
    if (this.plant.kill()) this.faults.servicesKilled += 1;
    await this.plant.settle();
  }

  /**
   * SIGQUIT is what `pg_ctl stop -m immediate` sends: no checkpoint, recovery at the next start.
   *
   * A service that is starting is met by it now and then, but not always: else none would ever be up.
   */
  async #stopDatabase(): Promise<void> {
    await Promise.race([this.plant.settle(), this.#pause(startPatienceMs)]);
    try {
      process.kill(await postmasterPid(this.plant.dataDir), 'SIGQUIT');
      this.faults.databaseStops += 1;
    } catch {
      // It is down already.
    }
    while (!this.#end.signal.aborted && !(await this.plant.isReady())) await delay(50);
  }
}
