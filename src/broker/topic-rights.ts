import { Injectable } from '@nestjs/common';
import { isTopicAllowed, topicRights } from '../core/topics.js';
import type { TopicOwner, TopicRight, TopicUse } from '../core/topics.js';
import { ProductDirectory } from '../products/product-directory.js';
import type { LoggedInDevice } from './device-login.service.js';

/** How often something was refused since the start. */
export interface RefusalCounts {
  readonly publish: number;
  readonly subscribe: number;
  readonly will: number;
}

/** What a device wants to do with a topic; a will is a message it leaves behind. */
export type TopicAction = keyof RefusalCounts;

/**
 * Decides on topics by the classes of the product as they are now, so that a change acts at once.
 */
@Injectable()
export class TopicRights {
  readonly #refusals = { publish: 0, subscribe: 0, will: 0 };

  constructor(private readonly products: ProductDirectory) {}

  get refusals(): RefusalCounts {
    return { ...this.#refusals };
  }

  /** Decides, and counts a refusal. */
  allows(device: LoggedInDevice, action: TopicAction, topic: string): boolean {
    const isAllowed = this.#isAllowed(device, action === 'subscribe' ? action : 'publish', topic);
    if (!isAllowed) this.#refusals[action] += 1;
    return isAllowed;
  }

  /** Whether a device may still hear a topic that it subscribed to earlier. */
  mayHear(device: LoggedInDevice, topic: string): boolean {
    return this.#isAllowed(device, 'subscribe', topic);
  }

  /** All that a device may do, for a broker that wants it at the login. */
  of(device: LoggedInDevice): readonly TopicRight[] {
    return topicRights(this.#owner(device));
  }

  #isAllowed(device: LoggedInDevice, action: TopicUse, topic: string): boolean {
    return isTopicAllowed(this.#owner(device), action, topic);
  }

  #owner({ productKey, deviceName }: LoggedInDevice): TopicOwner {
    return { productKey, deviceName, classes: this.products.find(productKey)?.topics ?? [] };
  }
}
