import { ShortMemory } from '../platform/limits/short-memory.js';
import type { Signals } from '../platform/signals/signals.js';

/** What a login comes to, whatever it proves itself with; all but the first refuse. */
export type LoginFinding =
  'granted' | 'stranger' | 'device_disabled' | 'quota_used_up' | 'units_used_up' | 'stale';

/** Units: characters; no device has longer names, so what is longer is unknown, and alike. */
const maxKeyLength = 160;
const memoryOptions = { maxEntries: 20_000, ttlMs: 15_000 };

/**
 * Remembers what was read for logins that failed, so that one that tries for ever costs no statement.
 *
 * Shape: what is unknown is remembered as what is known, for 15 s at most, and everything is forgotten
 * when any device changes: time tells a stranger nothing. A remembered row refuses only; before a
 * login is granted its row is read as it is now.
 */
export class FailedLogins<R> {
  readonly #memory = new ShortMemory<{ readonly row: R | undefined }>(memoryOptions);

  constructor(signals: Signals) {
    for (const topic of ['device', 'forget'] as const) {
      signals.on(topic, () => {
        this.#memory.forget();
      });
    }
  }

  /** Shape: `names` are as the device sent them; `judge` may be asked twice. */
  async judge<J extends { readonly finding: LoginFinding }>(
    names: readonly string[],
    read: () => Promise<R | undefined>,
    judge: (row: R | undefined) => Promise<J>,
  ): Promise<J> {
    const text = JSON.stringify(names);
    const key = text.length > maxKeyLength ? '' : text;
    const copy = this.#memory.find(key, performance.now());
    if (copy) {
      const judgement = await judge(copy.row);
      if (judgement.finding !== 'granted') return judgement;
    }
    const { epoch } = this.#memory;
    const row = await read();
    const judgement = await judge(row);
    if (judgement.finding !== 'granted') {
      this.#memory.keep(epoch, key, { row }, performance.now());
    }
    return judgement;
  }
}
