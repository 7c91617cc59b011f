import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditStore } from '../audit/audit.store.js';
import type { Actor, AuditAction } from '../audit/audit-event.js';
import { DomainError } from '../core/errors.js';
import { defaultPolicy } from '../core/registration-policy.js';
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

/** Which fields of a policy change; null takes a limit away. */
export type PolicyChange = Partial<{
  [K in keyof RegistrationPolicy]: RegistrationPolicy[K] | undefined;
}>;

/** What a product is created with; key and secret are made when they are not given. */
export interface NewProduct {
  readonly name: string;
  readonly productKey?: string | undefined;
  readonly productSecret?: Secret | undefined;
  readonly policy: PolicyChange;
}

/** Another secret for a product. Units: seconds that the one before stays valid. */
export interface SecretRotation {
  readonly secret: Secret | undefined;
  readonly previousValidForSeconds: number;
}

/** Products: their creation, secrets, policy and topic classes. */
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

  /** Errors: `product.key_taken`, `policy.window_empty`. */
  async create(
    actor: Actor,
    product: NewProduct,
  ): Promise<{ readonly row: ProductRow; readonly secret: Secret }> {
    const productKey = product.productKey ?? makeProductKey(randomBytes(productKeyRandomBytes));
    const secret =
      product.productSecret ?? makeProductSecret(randomBytes(productSecretRandomBytes));
    const row = await this.database.inTransaction(async (tx) => {
      const id = await this.store.insert(tx, {
        productKey,
        name: product.name,
        secretSealed: this.ring.seal(secret, productSecretContext(productKey)),
      });
      if (id === undefined) throw new DomainError('product.key_taken', `${productKey} is taken.`);
      for (const topic of defaultTopicClasses) await this.store.setTopic(tx, id, topic);
      const { name, policy } = product;
      await this.store.update(tx, id, { name, ...changedPolicy(defaultPolicy, policy) });
      await this.#changed(tx, actor, 'product.created', productKey, policy);
      return await this.#existing(tx, productKey);
    });
    await this.database.afterCommit(() => this.directory.reload(productKey));
    return { row, secret };
  }

  async list(after: number, limit: number): Promise<ProductRow[]> {
    return await this.store.list(this.database.single, after, limit);
  }

  /** Errors: `product.not_found`. */
  async get(productKey: string): Promise<ProductRow> {
    return await this.#existing(this.database.single, productKey);
  }

  /** Errors: `product.not_found`, `policy.window_empty`. */
  async change(
    actor: Actor,
    productKey: string,
    change: { readonly name?: string | undefined; readonly policy: PolicyChange },
  ): Promise<ProductRow> {
    const row = await this.database.inTransaction(async (tx) => {
      const held = await this.store.lock(tx, productKey);
      if (!held) throw unknownProduct(productKey);
      const name = change.name ?? held.name;
      await this.store.update(tx, held.id, { name, ...changedPolicy(held, change.policy) });
      await this.#changed(tx, actor, 'product.changed', productKey, { ...change });
      return await this.#existing(tx, productKey);
    });
    await this.database.afterCommit(() => this.directory.reload(productKey));
    return row;
  }

  /**
   * Gives a product another secret, made here or given; modules in the field carry the one before
   * and go on registering with it until the answered instant. A third, older secret ends at once.
   *
   * Errors: `product.not_found`.
   */
  async rotateSecret(
    actor: Actor,
    productKey: string,
    { secret: given, previousValidForSeconds }: SecretRotation,
  ): Promise<{ readonly secret: Secret; readonly previousValidUntil: Date }> {
    const secret = given ?? makeProductSecret(randomBytes(productSecretRandomBytes));
    const sealed = this.ring.seal(secret, productSecretContext(productKey));
    const previousValidUntil = await this.database.inTransaction(async (tx) => {
      const held = await this.store.lock(tx, productKey);
      const until =
        held && (await this.store.rotateSecret(tx, held.id, sealed, previousValidForSeconds));
      if (!until) throw unknownProduct(productKey);
      const detail = { previousValidUntil: until };
      await this.#changed(tx, actor, 'product.secret_rotated', productKey, detail);
      return until;
    });
    await this.database.afterCommit(() => this.directory.reload(productKey));
    return { secret, previousValidUntil };
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
    await this.database.afterCommit(() => this.directory.reload(productKey));
  }

  /** Errors: `product.not_found`, `topic.not_found`. */
  async removeTopic(actor: Actor, productKey: string, name: string): Promise<void> {
    await this.database.inTransaction(async (tx) => {
      const product = await this.#existing(tx, productKey);
      const isRemoved = await this.store.removeTopic(tx, product.id, name);
      if (!isRemoved) throw new DomainError('topic.not_found', `${productKey} has no ${name}.`);
      await this.#changed(tx, actor, 'topic.removed', productKey, { name });
    });
    await this.database.afterCommit(() => this.directory.reload(productKey));
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

function changedPolicy(policy: RegistrationPolicy, change: PolicyChange): RegistrationPolicy {
  const {
    mode = policy.mode,
    allowPlaintext = policy.allowPlaintext,
    repeat = policy.repeat,
    quota = policy.quota,
    opensAt = policy.opensAt,
    closesAt = policy.closesAt,
    allowedNetworks = policy.allowedNetworks,
    maxPerSecond = policy.maxPerSecond,
    unitsPerName = policy.unitsPerName,
  } = change;
  if (opensAt && closesAt && opensAt >= closesAt) {
    throw new DomainError('policy.window_empty', 'closesAt must be later than opensAt.');
  }
  return {
    mode,
    allowPlaintext,
    repeat,
    quota,
    opensAt,
    closesAt,
    allowedNetworks,
    maxPerSecond,
    unitsPerName,
  };
}

function unknownProduct(productKey: string): DomainError {
  return new DomainError('product.not_found', `There is no product ${productKey}.`);
}
