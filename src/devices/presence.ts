import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { createBatcher } from '../platform/batcher.js';
import type { Batcher } from '../platform/batcher.js';
import { Database } from '../platform/database/database.js';
import { LOGGER } from '../platform/logger.js';
import type { Logger } from '../platform/logger.js';
import { Signals } from '../platform/signals/signals.js';
import { PresenceStore } from './presence.store.js';
import type { DeviceNames, NotedLogin } from './presence.store.js';

/** Units: ms between two writes; devices in one statement. */
const flushEveryMs = 500;
/** Units: ms between two looks for copies that died. */
const lookEveryMs = 15_000;
const chunkSize = 1000;

/** Units: ms of the process clock. */
interface Connection extends DeviceNames {
  readonly address: string;
  readonly onlineAtMs: number;
  readonly offlineAtMs: number | null;
}

/** A device that is connected here; units that share its name have one connection each. */
interface Held {
  readonly latest: Connection;
  readonly open: Set<symbol>;
}

/**
 * Records which devices are online.
 *
 * Shape: what changes is kept in memory, the last state of each device only, and written in the
 * background, many devices in one statement: a login waits for nothing. Each copy of the service
 * answers for the devices that are connected to it; those of a copy that died are taken offline by
 * another one, at the latest 15 s after, or by the next that starts.
 */
@Injectable()
export class Presence implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #held = new Map<string, Held>();
  readonly #changed = new Map<string, Connection>();
  readonly #notes: Batcher<NotedLogin, undefined>;
  #timers: readonly NodeJS.Timeout[] = [];
  #work: Promise<void> = Promise.resolve();
  #isFailing = false;

  constructor(
    private readonly database: Database,
    private readonly store: PresenceStore,
    private readonly signals: Signals,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    const note = (logins: readonly NotedLogin[]): Promise<void> =>
      this.store.note(this.database.single, this.signals.copy, logins);
    this.#notes = createBatcher<NotedLogin, undefined>({
      run: async (logins) => {
        await note(logins);
        return logins.map(() => ({ kind: 'done', value: undefined }));
      },
      runOne: async (login) => {
        await note([login]);
        return undefined;
      },
      key: ({ deviceId }) => deviceId,
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    // Undefined comes after the connection was lost: others may have taken us for dead.
    this.signals.on('device', (key) => (key === undefined ? this.look() : undefined));
    await this.look();
    this.#timers = [
      setInterval(() => void this.flush(), flushEveryMs).unref(),
      setInterval(() => void this.look(), lookEveryMs).unref(),
    ];
  }

  /** Writes what is left; then nothing is online here. */
  async onApplicationShutdown(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.flush();
    await this.#try(() =>
      this.database.inTransaction((tx) => this.store.bury(tx, [this.signals.copy])),
    );
  }

  /**
   * Says that a device has connected; the answer is to be called when that connection is gone.
   *
   * Shape: a device is online as long as one of its connections is, so a newer connection may be
   * told before the older one, which it ends.
   */
  online({ productKey, deviceName }: DeviceNames, address: string): () => void {
    const key = `${productKey} ${deviceName}`;
    const onlineAtMs = performance.now();
    const latest = { productKey, deviceName, address, onlineAtMs, offlineAtMs: null };
    const open = this.#held.get(key)?.open ?? new Set<symbol>();
    const connection = Symbol(key);
    open.add(connection);
    this.#held.set(key, { latest, open });
    this.#changed.set(key, latest);
    return () => {
      this.#leave(key, connection);
    };
  }

  /**
   * Writes at once that a device has logged in: where a station waits for that as its proof, it must
   * outlive this process. Errors: `database.away`, `service.overloaded`.
   */
  async note(login: NotedLogin): Promise<void> {
    await this.#notes.submit(login);
  }

  /** Writes what changed. */
  async flush(): Promise<void> {
    this.#work = this.#work.then(() => this.#try(() => this.#write()));
    await this.#work;
  }

  /** Takes the devices of dead copies offline, and sets right what others wrote of ours. */
  async look(): Promise<void> {
    await this.#try(async () => {
      const gone = await this.database.inTransaction(async (tx) => {
        const copies = await this.store.dead(tx);
        return copies.length > 0 ? { copies, devices: await this.store.bury(tx, copies) } : null;
      });
      if (gone) this.log.warn(gone, 'presence.copy_died');
      await this.#compare();
    });
  }

  async #write(): Promise<void> {
    while (this.#changed.size > 0) {
      const chunk = [...this.#changed].slice(0, chunkSize);
      for (const [key] of chunk) this.#changed.delete(key);
      const now = performance.now();
      const states = chunk.map(([, { onlineAtMs, offlineAtMs, ...rest }]) => ({
        ...rest,
        onlineAgoMs: now - onlineAtMs,
        offlineAgoMs: offlineAtMs === null ? null : now - offlineAtMs,
      }));
      try {
        await this.store.write(this.database.single, this.signals.copy, states);
      } catch (error) {
        for (const [key, one] of chunk) if (!this.#changed.has(key)) this.#changed.set(key, one);
        throw error;
      }
    }
  }

  /** The count is cheap; only when it is wrong are the devices looked at. */
  async #compare(): Promise<void> {
    const { copy } = this.signals;
    await this.flush();
    if ((await this.store.count(this.database.single, copy)) === this.#held.size) return;
    const written = new Set<string>();
    for (const { productKey, deviceName } of await this.store.connected(
      this.database.single,
      copy,
    )) {
      written.add(`${productKey} ${deviceName}`);
    }
    for (const [key, { latest }] of this.#held) {
      if (!written.has(key) && !this.#changed.has(key)) this.#changed.set(key, latest);
    }
  }

  #leave(key: string, connection: symbol): void {
    const held = this.#held.get(key);
    if (!held?.open.delete(connection) || held.open.size > 0) return;
    this.#held.delete(key);
    this.#changed.set(key, { ...held.latest, offlineAtMs: performance.now() });
  }

  /** Presence is worth no device's trouble: what fails is tried again later. */
  async #try(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) this.log.warn({ err: error }, 'presence.not_written');
      this.#isFailing = true;
    }
  }
}
