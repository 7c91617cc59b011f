import { Injectable } from '@nestjs/common';
import { createBatcher } from '../platform/batcher.js';
import type { Batcher } from '../platform/batcher.js';
import { Database } from '../platform/database/database.js';
import { GivenSecretsStore } from './given-secrets.store.js';
import type { DeviceNames } from './given-seal.js';

/** The secrets that imported devices brought, still sealed; many are read in one statement. */
@Injectable()
export class GivenSecrets {
  readonly #reads: Batcher<DeviceNames, Buffer | null>;

  constructor(database: Database, store: GivenSecretsStore) {
    this.#reads = createBatcher({
      run: async (devices) =>
        (await store.read(database.single, devices)).map(
          (value) => ({ kind: 'done', value }) as const,
        ),
      runOne: async (device) => (await store.read(database.single, [device]))[0] ?? null,
    });
  }

  /** Errors: `database.away`, `service.overloaded`. */
  async find({ productKey, deviceName }: DeviceNames): Promise<Buffer | null> {
    return await this.#reads.submit({ productKey, deviceName });
  }
}
