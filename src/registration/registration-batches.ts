import { Injectable } from '@nestjs/common';
import { createBatcher } from '../platform/batcher.js';
import type { Batcher } from '../platform/batcher.js';
import { Database } from '../platform/database/database.js';
import { RegistrationStore } from './registration.store.js';
import type { RegistrationItem, RegistrationOutcome } from './registration.store.js';

/** Puts the registrations of a moment into one statement; each caller gets an answer of its own. */
@Injectable()
export class RegistrationBatches {
  readonly #batcher: Batcher<RegistrationItem, RegistrationOutcome>;

  constructor(database: Database, store: RegistrationStore) {
    this.#batcher = createBatcher({
      key: keyOf,
      // A second statement would wait for the counters that the first one holds until its commit.
      maxInFlight: 1,
      maxShare: 0.5,
      run: async (items) => {
        const outcomes = await store.register(database.single, items);
        return outcomes.map((value) =>
          value.verdict === 'locked' ? { kind: 'singly' } : { kind: 'done', value },
        );
      },
      // In a transaction of its own, which is run again when it met another.
      runOne: (item) => database.inTransaction((tx) => store.registerAlone(tx, item)),
    });
  }

  /** Errors: `database.away`, `service.overloaded`. */
  async submit(item: RegistrationItem): Promise<RegistrationOutcome> {
    return await this.#batcher.submit(item);
  }
}

/** Equal calls of a moment are one call; another address is another caller, for the history. */
function keyOf(item: RegistrationItem): string {
  const { productId, productVersion, deviceName, address, protocol, proof, refusal } = item;
  return [productId, productVersion, deviceName, address, protocol, proof, refusal].join('\0');
}
