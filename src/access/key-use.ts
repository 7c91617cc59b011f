import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import { LOGGER } from '../platform/logger.js';
import type { Logger } from '../platform/logger.js';
import { ApiKeyStore } from './api-key.store.js';

/** Units: ms between two writes. */
const flushEveryMs = 60_000;

/** Units: ms since 1970. */
interface Use {
  atMs: number;
  from: string;
}

/**
 * Notes when each key was used last, and from where.
 *
 * Shape: kept in memory and written once a minute, all keys in one statement, so a request waits
 * for nothing; a copy that is killed loses its last minute.
 */
@Injectable()
export class KeyUse implements OnApplicationBootstrap, OnApplicationShutdown {
  #uses = new Map<number, Use>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly store: ApiKeyStore,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => void this.flush(), flushEveryMs).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  note(keyId: number, from: string): void {
    const use = this.#uses.get(keyId);
    if (use) {
      use.atMs = Date.now();
      use.from = from;
    } else this.#uses.set(keyId, { atMs: Date.now(), from });
  }

  /** Writes what was noted; what cannot be written is noted again with the next use. */
  async flush(): Promise<void> {
    if (this.#uses.size === 0) return;
    const used = [...this.#uses].map(([keyId, { atMs, from }]) => ({
      keyId,
      at: new Date(atMs),
      from,
    }));
    this.#uses = new Map();
    try {
      await this.store.noteUse(this.database.single, used);
    } catch (error) {
      this.log.warn({ err: error, keys: used.length }, 'key.use_not_noted');
    }
  }
}
