import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { ShortMemory } from '../platform/limits/short-memory.js';
import { Signals } from '../platform/signals/signals.js';
import type { RegistrationRefusal, RegistrationRequest } from './registration.js';

/** What a refusal followed from; another product version or another wish is another question. */
export interface RefusalQuestion {
  readonly productKey: string;
  readonly productVersion: number;
  readonly deviceName: string;
  readonly wants: RegistrationRequest['wants'];
  /** What the policy said of the caller before the database was asked. */
  readonly refusal: RegistrationRefusal | null;
}

/** Refusals that may end without anything being told, or that nothing was decided by. */
const passing: ReadonlySet<RegistrationRefusal> = new Set([
  'quota_used_up',
  'product_quota_used_up',
  'policy_changed',
]);

const memoryOptions = { maxEntries: 20_000, ttlMs: 15_000 };

type Remembered = RefusalQuestion & { readonly answer: RegistrationRefusal };

/**
 * Remembers why devices were refused, so that one that asks for ever costs no statement.
 *
 * Shape: one refusal a device, for 15 s at most; forgotten when the device changes or an order of its
 * product opens. A stale one refuses wrongly for a moment; nothing is ever granted by it.
 */
@Injectable()
export class RefusalCache implements OnModuleInit {
  readonly #memory = new ShortMemory<Remembered>(memoryOptions);

  constructor(private readonly signals: Signals) {}

  onModuleInit(): void {
    for (const topic of ['device', 'forget'] as const) {
      this.signals.on(topic, (key) => {
        this.#memory.forget(key);
      });
    }
  }

  /** To be read before the database is asked, and given to `keep`. */
  get epoch(): number {
    return this.#memory.epoch;
  }

  find(question: RefusalQuestion): RegistrationRefusal | undefined {
    const known = this.#memory.find(keyOf(question), performance.now());
    const isSame =
      known?.productVersion === question.productVersion &&
      known.wants === question.wants &&
      known.refusal === question.refusal;
    return isSame ? known.answer : undefined;
  }

  keep(epoch: number, question: RefusalQuestion, answer: RegistrationRefusal): void {
    if (passing.has(answer)) return;
    const { productKey, productVersion, deviceName, wants, refusal } = question;
    const remembered = { productKey, productVersion, deviceName, wants, refusal, answer };
    this.#memory.keep(epoch, keyOf(question), remembered, performance.now());
  }
}

function keyOf({ productKey, deviceName }: RefusalQuestion): string {
  return `${productKey} ${deviceName}`;
}
