import { Injectable } from '@nestjs/common';
import { RefusalCounter } from '../audit/refusal-counter.js';
import type { ProvenRefusal } from '../audit/audit-event.js';
import type { KnownProduct } from '../products/product-directory.js';
import { AttemptLimits } from './attempt-limits.js';
import { RefusalCache } from './refusal-cache.js';
import type { RegistrationRefusal, RegistrationRequest } from './registration.js';
import type { RegistrationItem } from './registration.store.js';

/** A proven caller's wish, as far as it is judged. */
export interface Wish {
  readonly product: KnownProduct;
  readonly item: RegistrationItem;
  readonly wants: RegistrationRequest['wants'];
}

type Refused = { readonly verdict: RegistrationRefusal };

/**
 * Stands between proven callers and the database: who was refused a moment ago for the same reason,
 * or asks too often, is refused here, and the history is told of it later.
 */
@Injectable()
export class RefusalGate {
  constructor(
    private readonly cache: RefusalCache,
    private readonly limits: AttemptLimits,
    private readonly refusals: RefusalCounter,
  ) {}

  /**
   * Lets a wish be decided, unless it is refused here.
   *
   * Shape: what was refused lately before what is too fast: it costs nothing, and its reason says more.
   */
  async pass<O extends { readonly verdict: 'granted' } | Refused>(
    wish: Wish,
    decide: () => Promise<O>,
  ): Promise<O | Refused> {
    const question = questionOf(wish);
    const known = this.cache.find(question);
    const verdict = known ?? this.limits.refusal(wish.product, wish.item.deviceName);
    if (verdict) {
      this.count(wish, verdict);
      return { verdict };
    }
    const { epoch } = this.cache;
    const outcome = await decide();
    if (outcome.verdict === 'granted' || outcome.verdict === 'policy_changed') return outcome;
    this.cache.keep(epoch, question, outcome.verdict);
    this.refusals.say(refusalOf(wish, outcome.verdict));
    return outcome;
  }

  /** Counts a refusal that no statement has told the history of. */
  count(wish: Wish, reason: RegistrationRefusal): void {
    this.refusals.count(refusalOf(wish, reason));
  }
}

function questionOf({ product, item, wants }: Wish) {
  const { productKey, version: productVersion } = product;
  const { deviceName, refusal } = item;
  return { productKey, productVersion, deviceName, wants, refusal };
}

function refusalOf({ product, item }: Wish, reason: RegistrationRefusal): ProvenRefusal {
  const { deviceName, address, protocol } = item;
  const { productKey } = product;
  return { action: 'registration.refused', productKey, deviceName, address, protocol, reason };
}
