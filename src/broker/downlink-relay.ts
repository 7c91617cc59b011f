import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import { LOGGER } from '../platform/logger.js';
import type { Logger } from '../platform/logger.js';
import { Signals } from '../platform/signals/signals.js';
import { DOWNLINK } from './downlink.js';
import type { Downlink } from './downlink.js';
import { DownlinkStore } from './downlink.store.js';

/** Units: ms between two looks for messages that nobody took. */
const sweepEveryMs = 60_000;

/** Hands messages that another copy of the service took to the devices that are connected here. */
@Injectable()
export class DownlinkRelay implements OnModuleInit, OnApplicationShutdown {
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly store: DownlinkStore,
    private readonly signals: Signals,
    @Inject(DOWNLINK) private readonly downlink: Downlink,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  onModuleInit(): void {
    this.signals.on('downlink', (copy) => this.#take(copy));
    this.#timer = setInterval(() => void this.#sweep(), sweepEveryMs).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
  }

  /** Shape: the copy that there is something for; undefined says that signals were lost. */
  async #take(copy: string | undefined): Promise<void> {
    const own = this.signals.copy;
    if (copy !== undefined && copy !== String(own)) return;
    for (const message of await this.store.take(this.database.single, own)) {
      try {
        await this.downlink.publish(message, message);
      } catch (error) {
        this.log.warn({ err: error }, 'downlink.not_sent');
      }
    }
  }

  async #sweep(): Promise<void> {
    try {
      await this.store.sweep(this.database.single);
    } catch (error) {
      this.log.warn({ err: error }, 'downlink.not_swept');
    }
  }
}
