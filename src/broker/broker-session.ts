import type { Client } from 'aedes';
import { covers, topicLevels } from '../core/topic-filter.js';
import { unaskedFilters } from '../core/topics.js';
import type { LoggedInDevice } from './device-login.service.js';

/** What a device says of itself in its client id. */
export interface SessionWish {
  /** `_ss=1`: it hears the system topics without a SUBSCRIBE. */
  readonly isUnasked: boolean;
  /** `ext`, bit 0: it knows RRPC on its other topics. */
  readonly hasExtendedRrpc: boolean;
}

/** Subscriptions of one device. Source: Alibaba Cloud IoT, limits: 100; twice that is room. */
const maxFilters = 200;

/** Reads the wish of a device. Source: Alibaba Cloud IoT, 197770 and 90570; C Link SDK 4.2. */
export function sessionWish(params: ReadonlyMap<string, string> | undefined): SessionWish {
  const ext = Number(params?.get('ext'));
  return {
    isUnasked: params?.get('_ss') === '1',
    hasExtendedRrpc: Number.isInteger(ext) && ext % 2 === 1,
  };
}

/** The connection of a device to the embedded broker, and what it listens to. */
export class BrokerSession {
  readonly #granted = new Set<string>();
  /** What it unsubscribed of the topics that it hears without a SUBSCRIBE. */
  readonly #declined = new Set<string>();
  #wish: SessionWish = { isUnasked: false, hasExtendedRrpc: false };
  #client: Client | undefined;

  constructor(
    readonly device: LoggedInDevice,
    readonly address: string,
  ) {}

  /** The client of the broker, from its CONNECT on. */
  get client(): Client | undefined {
    return this.#client;
  }

  begin(client: Client, wish: SessionWish): void {
    this.#client = client;
    this.#wish = wish;
  }

  /** Takes a filter, as long as there are not too many. */
  subscribe(filter: string): boolean {
    if (!this.#granted.has(filter) && this.#granted.size >= maxFilters) return false;
    this.#granted.add(filter);
    return true;
  }

  isSubscribedTo(filter: string): boolean {
    return this.#granted.has(filter);
  }

  /** Source: Alibaba Cloud IoT, 197770: what a device unsubscribes is no longer sent to it. */
  unsubscribe(filters: readonly string[]): void {
    const unasked = this.#unasked();
    for (const filter of filters) {
      this.#granted.delete(filter);
      if (unasked.includes(filter)) this.#declined.add(filter);
    }
  }

  /**
   * The quality of service in which the device hears a topic; undefined when it does not.
   *
   * Shape: `_ss=1` is looked up here and not made into subscriptions of the broker: fifty of them
   * would cost more memory than the rest of a connection, and nobody but us sends there.
   */
  hears(topic: string): 0 | 1 | undefined {
    const levels = levelsOf(topic);
    const isHeardBy = (filter: string): boolean => covers(levelsOf(filter), levels);
    if (this.#unasked().some(isHeardBy)) return 1;
    const heard = Object.entries(this.#subscriptions()).filter(([filter]) => isHeardBy(filter));
    if (heard.length === 0) return undefined;
    return heard.some(([, { qos }]) => qos > 0) ? 1 : 0;
  }

  #unasked(): readonly string[] {
    if (!this.#wish.isUnasked) return [];
    const filters = unaskedFilters(this.device, this.#wish.hasExtendedRrpc);
    return filters.filter((filter) => !this.#declined.has(filter));
  }

  #subscriptions(): Subscriptions {
    return this.#client ? subscriptionsOf(this.#client) : {};
  }
}

type Subscriptions = Readonly<Record<string, { readonly qos: 0 | 1 | 2 }>>;

/** The subscriptions of a client, which its types do not show. */
function subscriptionsOf(client: Client): Subscriptions {
  return (client as Client & { readonly subscriptions: Subscriptions }).subscriptions;
}

function levelsOf(text: string): readonly string[] {
  return topicLevels(text) ?? [];
}
