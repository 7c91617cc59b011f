import type { RegistrationPolicy } from '../core/registration-policy.js';
import type { TopicClass } from '../core/topics.js';

/** A product as it is stored; secrets are sealed. */
export interface ProductRow extends RegistrationPolicy {
  readonly id: number;
  readonly productKey: string;
  readonly name: string;
  readonly secretSealed: Buffer;
  /** The secret before a rotation, and until when it still proves anything. */
  readonly previousSecretSealed: Buffer | null;
  readonly previousValidUntil: Date | null;
  /** How many devices have registered; the policy's quota is held against it. */
  readonly registered: number;
  readonly version: number;
  readonly createdAt: Date;
}

/** A product with its topic classes, as the directory keeps it. */
export interface ProductWithTopics extends ProductRow {
  readonly topics: readonly TopicClass[];
}
