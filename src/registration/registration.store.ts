import { Injectable } from '@nestjs/common';
import { prepared } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';
import type { Proof } from './proof.js';
import { registerStatement } from './register-statement.js';
import type { RegistrationProtocol, RegistrationRefusal } from './registration.js';

/** A proven caller's wish, as the statement takes it. */
export interface RegistrationItem {
  readonly productId: number;
  /** The version of the copy by which the caller was judged so far. */
  readonly productVersion: number;
  readonly deviceName: string;
  readonly address: string;
  readonly protocol: RegistrationProtocol;
  readonly proof: Proof;
  /** A refusal that follows from the policy; it is audited if the copy was not stale. */
  readonly refusal: RegistrationRefusal | null;
}

/** What the statement decided. `policy_changed`: nothing was done, the copy of the product is stale. */
export type RegistrationOutcome =
  | { readonly verdict: 'granted'; readonly orderId: number; readonly generation: number }
  | { readonly verdict: RegistrationRefusal };

const together = { name: 'registration.register', text: registerStatement('SKIP LOCKED') };
const alone = { name: 'registration.register_alone', text: registerStatement('') };

/** Registrations in PostgreSQL. */
@Injectable()
export class RegistrationStore {
  /**
   * Registers devices or refuses them, with audit rows and counters.
   *
   * Shape: one outcome per item, in order; `locked` for a device that somebody else is at, with
   * which nothing was done.
   */
  async register(
    tx: Tx,
    items: readonly RegistrationItem[],
  ): Promise<(RegistrationOutcome | { readonly verdict: 'locked' })[]> {
    return await prepared(tx, together, parametersOf(items));
  }

  /** The same for one device; waits for whoever is at it. */
  async registerAlone(tx: Tx, item: RegistrationItem): Promise<RegistrationOutcome> {
    const [outcome] = await prepared<RegistrationOutcome>(tx, alone, parametersOf([item]));
    if (!outcome) throw new Error('a registration without an outcome');
    return outcome;
  }
}

function parametersOf(items: readonly RegistrationItem[]): unknown[] {
  return [
    items.map((item) => item.productId),
    items.map((item) => item.productVersion),
    items.map((item) => item.deviceName),
    items.map((item) => item.address),
    items.map((item) => item.protocol),
    items.map((item) => item.proof),
    items.map((item) => item.refusal),
  ];
}
