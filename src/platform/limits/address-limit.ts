import { isIPv6 } from 'node:net';
import { plainAddress } from '../../core/address.js';
import { TokenBuckets } from './token-buckets.js';
import type { Rate } from './token-buckets.js';

const maxAddresses = 20_000;
/** Seconds' worth of attempts that may come at once, e.g. after a power cut. */
const burstSeconds = 10;

/**
 * Limits the attempts of devices from one address, whoever they say they are.
 *
 * Shape: it is asked before anything else is looked at, so it tells nobody anything. Generous:
 * cellular modules come through a few shared addresses. 0 attempts a second switches it off, and an
 * address that is not known ('') has no limit.
 */
export class AddressLimit {
  readonly #buckets = new TokenBuckets(maxAddresses);
  readonly #rate: Rate;

  constructor(perSecond: number) {
    this.#rate = { perSecond, burst: perSecond * burstSeconds };
  }

  /** Counts one attempt; false when it is one too many. Units: ms of a steady clock. */
  take(address: string, nowMs = performance.now()): boolean {
    if (this.#rate.perSecond === 0 || address === '') return true;
    return this.#buckets.take(subscriberOf(address), this.#rate, nowMs);
  }
}

/** One IPv6 subscriber has a whole /64. Source: RFC 6177, 2. */
function subscriberOf(address: string): string {
  const plain = plainAddress(address);
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const missing = 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
    groups.push(...Array.from({ length: missing }, () => '0'), ...tail.split(':'));
  }
  return groups.slice(0, 4).join(':');
}
