import { Injectable } from '@nestjs/common';
import type { RegistrationPolicy } from '../core/registration-policy.js';
import type { Secret } from '../core/secret.js';
import type { TopicClass } from '../core/topics.js';
import { Database } from '../platform/database/database.js';
import { KeyRing } from '../platform/keys/key-ring.js';
import { networkTest } from '../platform/networks.js';
import { Signals } from '../platform/signals/signals.js';
import { productSecretContext } from './product-secret.js';
import { ProductStore } from './product.store.js';
import type { ProductWithTopics } from './product.js';

/** A product as the edges need it at every request. */
export interface KnownProduct {
  readonly id: number;
  readonly productKey: string;
  readonly secret: Secret;
  /** The secret before a rotation, which still proves its holder until then. */
  readonly previous: { readonly secret: Secret; readonly validUntil: Date } | null;
  readonly policy: RegistrationPolicy;
  /** Tells whether an address lies in the networks that the policy allows. */
  readonly isAllowedFrom: (address: string) => boolean;
  readonly topics: readonly TopicClass[];
  /** Checked again inside every statement that writes by this copy. */
  readonly version: number;
}

/**
 * All products in memory, kept in step by signals.
 *
 * A product that is not here is never looked up by a query: a stranger must not learn from the time
 * that takes which products exist (DESIGN rule 10).
 */
@Injectable()
export class ProductDirectory {
  readonly #products = new Map<string, KnownProduct>();

  constructor(
    private readonly database: Database,
    private readonly store: ProductStore,
    private readonly ring: KeyRing,
    private readonly signals: Signals,
  ) {}

  /** Loads all products and follows their changes. Errors: `database.away`. */
  async start(): Promise<void> {
    this.signals.on('product', (productKey) => this.reload(productKey));
    await this.reload();
  }

  find(productKey: string): KnownProduct | undefined {
    return this.#products.get(productKey);
  }

  /** The secret of a product and the one before it, as they are now. */
  async secretsOf(productKey: string): Promise<Secret[]> {
    await this.reload(productKey);
    const product = this.find(productKey);
    if (!product) return [];
    return product.previous ? [product.secret, product.previous.secret] : [product.secret];
  }

  /** Reads one product again, or all of them. */
  async reload(productKey?: string): Promise<void> {
    for (const row of await this.store.withTopics(this.database.single, productKey)) {
      const product = await this.#known(row);
      const held = this.#products.get(row.productKey);
      // Two reloads may overtake each other; the newer copy stays.
      if (!held || held.version <= product.version) this.#products.set(row.productKey, product);
    }
  }

  async #known(row: ProductWithTopics): Promise<KnownProduct> {
    const { id, productKey, previousSecretSealed, previousValidUntil, topics, version } = row;
    const open = (sealed: Buffer): Promise<Secret> =>
      this.ring.openSecret(sealed, productSecretContext(productKey));
    return {
      id,
      productKey,
      secret: await open(row.secretSealed),
      previous: previousSecretSealed &&
        previousValidUntil && {
          secret: await open(previousSecretSealed),
          validUntil: previousValidUntil,
        },
      policy: row,
      isAllowedFrom: networkTest(row.allowedNetworks),
      topics,
      version,
    };
  }
}
