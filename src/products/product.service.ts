import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditStore } from '../audit/audit.store.js';
import type { Actor, AuditAction } from '../audit/audit-event.js';
import { DomainError } from '../core/errors.js';
import type { RegistrationPolicy } from '../core/registration-policy.js';
import type { Secret } from '../core/secret.js';
import { defaultTopicClasses } from '../core/topics.js';
import type { TopicClass } from '../core/topics.js';
import {
  makeProductKey,
  makeProductSecret,
  productKeyRandomBytes,
  productSecretRandomBytes,
} from '../core/triple.js';
import { Database } from '../platform/database/database.js';
import type { Tx } from '../platform/database/transaction.js';
import { KeyRing } from '../platform/keys/key-ring.js';
import { Signals } from '../platform/signals/signals.js';
import { ProductDirectory } from './product-directory.js';
import { productSecretContext } from './product-secret.js';
import { ProductStore } from './product.store.js';
import type { ProductRow } from './product.js';

/** Source: Alibaba limits, from memory; enough for any firmware, and a bound on memory. */
const maxTopicClasses = 50;

/** What a product is created with; key and secret are made when they are not given. */
export interface NewProduct {
  readonly name: string;
  readonly productKey?: string | undefined;
  readonly productSecret?: Secret | undefined;
  readonly policy: RegistrationPolicy;
}

/** Products: their creation, policy and topic classes. */
@Injectable()
export class ProductService {
  constructor(
    private readonly database: Database,
    private readonly store: ProductStore,
    private readonly audit: AuditStore,
    private readonly ring: KeyRing,
    private readonly signals: Signals,
    private readonly directory: ProductDirectory,
  ) {}

  /** Errors: `product.key_taken`. */
  async create(
    actor: Actor,
    product: NewProduct,
  ): Promise<{ readonly row: ProductRow; readonly secret: Secret }> {
    const productKey = product.productKey ?? makeProductKey(randomBytes(productKeyRandomBytes));
    const secret =
      product.productSecret ?? makeProductSecret(randomBytes(productSecretRandomBytes));
    const row = await this.database.inTransaction(async (tx) => {
      const made = await this.store.insert(tx, {
        productKey,
        name: product.name,
        secretSealed: this.ring.seal(secret, productSecretContext(productKey)),
        registrationMode: product.policy.mode,
        allowPlaintext: product.policy.allowPlaintext,
      });
      if (!made) throw new DomainError('product.key_taken', `${productKey} is taken.`);
      for (const topic of defaultTopicClasses) await this.store.setTopic(tx, made.id, topic);
      await this.#changed(tx, actor, 'product.created', productKey, { ...product.policy });
      return made;
    });
    await this.directory.reload(productKey);
    return { row, secret };
  }

  async list(after: number, limit: number): Promise<ProductRow[]> {
    return await this.store.list(this.database.single, after, limit);
  }

  /** Errors: `product.not_found`. */
  async get(productKey: string): Promise<ProductRow> {
    return await this.#existing(this.database.single, productKey);
  }

  /** Errors: `product.not_found`. */
  async change(
    actor: Actor,
    productKey: string,
    change: {
      readonly name?: string | undefined;
      readonly policy?: Partial<{
        [K in keyof RegistrationPolicy]: RegistrationPolicy[K] | undefined;
      }>;
    },
  ): Promise<ProductRow> {
    const row = await this.database.inTransaction(async (tx) => {
      const changed = await this.store.update(tx, productKey, {
        name: change.name,
        registrationMode: change.policy?.mode,
        allowPlaintext: change.policy?.allowPlaintext,
      });
      if (!changed) throw unknownProduct(productKey);
      await this.#changed(tx, actor, 'product.changed', productKey, { ...change });
      return changed;
    });
    await this.directory.reload(productKey);
    return row;
  }

  /** Errors: `product.not_found`. */
  async topics(productKey: string): Promise<TopicClass[]> {
    const product = await this.#existing(this.database.single, productKey);
    return await this.store.topics(this.database.single, product.id);
  }

  /** Errors: `product.not_found`, `topic.too_many`. */
  async setTopic(actor: Actor, productKey: string, topic: TopicClass): Promise<void> {
    await this.database.inTransaction(async (tx) => {
      const product = await this.#existing(tx, productKey);
      await this.store.setTopic(tx, product.id, topic);
      const topics = await this.store.topics(tx, product.id);
      if (topics.length > maxTopicClasses) {
        throw new DomainError('topic.too_many', `A product has at most ${maxTopicClasses}.`);
      }
      await this.#changed(tx, actor, 'topic.set', productKey, { ...topic });
    });
    await this.directory.reload(productKey);
  }

  /** Errors: `product.not_found`, `topic.not_found`. */
  async removeTopic(actor: Actor, productKey: string, name: string): Promise<void> {
    await this.database.inTransaction(async (tx) => {
      const product = await this.#existing(tx, productKey);
      const isRemoved = await this.store.removeTopic(tx, product.id, name);
      if (!isRemoved) throw new DomainError('topic.not_found', `${productKey} has no ${name}.`);
      await this.#changed(tx, actor, 'topic.removed', productKey, { name });
    });
    await this.directory.reload(productKey);
  }

  async #existing(tx: Tx, productKey: string): Promise<ProductRow> {
    const row = await this.store.find(tx, productKey);
    if (!row) throw unknownProduct(productKey);
    return row;
  }

  async #changed(
    tx: Tx,
    actor: Actor,
    action: AuditAction,
    productKey: string,
    detail: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    await this.audit.record(tx, { action, actor, productKey, detail });
    await this.signals.send(tx, 'product', productKey);
  }
}

function unknownProduct(productKey: string): DomainError {
  return new DomainError('product.not_found', `There is no product ${productKey}.`);
}
