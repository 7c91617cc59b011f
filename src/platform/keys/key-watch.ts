import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap } from '@nestjs/common';
import { Database } from '../database/database.js';
import { LOGGER } from '../logger.js';
import type { Logger } from '../logger.js';
import { Signals } from '../signals/signals.js';
import { reportKeys } from './key-holders.store.js';
import { KeyRing } from './key-ring.js';

/**
 * Keeps the ring of this copy in step with the key file, and says which keys it has: a rotation goes
 * on only when every copy has the new key.
 */
@Injectable()
export class KeyWatch implements OnApplicationBootstrap {
  constructor(
    private readonly database: Database,
    private readonly ring: KeyRing,
    private readonly signals: Signals,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.signals.on('keys', () => this.#look());
    await this.#look();
  }

  /** A file that cannot be read now is read at the next signal; memory still opens everything. */
  async #look(): Promise<void> {
    try {
      await this.ring.reload();
      const { kids, currentKid } = this.ring;
      await reportKeys(this.database.single, this.signals.copy, kids, currentKid);
    } catch (error) {
      this.log.warn({ err: error }, 'keys.not_reloaded');
    }
  }
}
