import type { RegistrationMode } from '../core/registration-policy.js';
import type { TopicClass } from '../core/topics.js';

/** A product as it is stored; the secret is sealed. */
export interface ProductRow {
  readonly id: number;
  readonly productKey: string;
  readonly name: string;
  readonly secretSealed: Buffer;
  readonly registrationMode: RegistrationMode;
  readonly allowPlaintext: boolean;
  readonly version: number;
  readonly createdAt: Date;
}

/** A product with its topic classes, as the directory keeps it. */
export interface ProductWithTopics extends ProductRow {
  readonly topics: readonly TopicClass[];
}
