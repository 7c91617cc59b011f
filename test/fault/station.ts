import { setTimeout as delay } from 'node:timers/promises';
import { freshImei, proofOf } from '../stations/bench.js';
import type { Grant, Shown } from '../stations/bench.js';
import type { Answer } from '../support/service.js';
import type { Journal, UnitRecord } from './journal.js';
import type { Plant } from './plant.js';

/** Units: ms; how soon a station asks again at most. */
const retryAfterMs = 200;

/** A station on a line: it asks again until it is answered, as stations do. */
export class Station {
  readonly #units: UnitRecord[] = [];

  constructor(
    private readonly plant: Plant,
    private readonly key: string,
    private readonly orderId: string,
    private readonly journal: Journal,
    private readonly random: () => number,
  ) {}

  /** Works on unit after unit until it is time to end; what it has begun it brings to an end. */
  async work(isOver: () => boolean): Promise<void> {
    while (!isOver()) await this.#cycle(this.#next());
  }

  /** A new unit, or one that was here before: it was tested again, or its jig bounced. */
  #next(): UnitRecord {
    if (this.random() < 0.2) {
      const again = this.#units[Math.floor(this.random() * this.#units.length)];
      if (again) return again;
    }
    const unit = this.journal.unit(freshImei());
    this.#units.push(unit);
    return unit;
  }

  async #cycle(unit: UnitRecord): Promise<void> {
    const grant = await this.#claim(unit);
    if (!grant) return;
    const luck = this.random();
    if (unit.state !== 'confirmed' && luck < 0.1) await this.#end(unit, grant, 'fail');
    else if (unit.state !== 'confirmed' && luck < 0.13) await this.#end(unit, grant, 'void');
    else if (luck < 0.95) await this.#confirm(unit, grant);
    // The rest is left leased: a station that loses its power.
  }

  async #claim(unit: UnitRecord): Promise<Grant | undefined> {
    const body = { orderId: this.orderId, unit: { imei: unit.imei } };
    const { status, body: grant } = await this.#ask<Grant>('/claims', body);
    if (status === 200 || status === 201) {
      this.journal.given(unit, grant.triple.deviceName, grant.claimId);
      return grant;
    }
    if (grant.code === 'order.quota_used_up') {
      this.journal.answers.quotaRefusals += 1;
      const mayBeRefused =
        unit.state === 'new' || unit.state === 'void' || unit.state === 'refused';
      if (!mayBeRefused) this.#violation(`${unit.imei} (${unit.state}) was refused its own triple`);
      if (unit.state === 'new') unit.state = 'refused';
    } else this.#violation(`a claim of ${unit.imei} was answered ${status} ${grant.code ?? ''}`);
    return undefined;
  }

  async #confirm(unit: UnitRecord, grant: Grant): Promise<void> {
    const { status, body } = await this.#ask<Shown>(
      `/claims/${grant.claimId}/confirm`,
      proofOf(grant),
    );
    if (status === 200) {
      unit.state = 'confirmed';
      this.journal.answers.confirms += 1;
    } else this.#violation(`a confirm of ${unit.imei} was answered ${status} ${body.code ?? ''}`);
  }

  async #end(unit: UnitRecord, { claimId }: Grant, how: 'fail' | 'void'): Promise<void> {
    const { status, body } = await this.#ask<Shown>(`/claims/${claimId}/${how}`, { reason: how });
    if (status === 200) {
      unit.state = how === 'fail' ? 'failed' : 'void';
      this.journal.answers[`${how}s`] += 1;
    } else this.#violation(`a ${how} of ${unit.imei} was answered ${status} ${body.code ?? ''}`);
  }

  /** The same request until somebody answers it. */
  async #ask<T>(path: string, body: object): Promise<Answer<T>> {
    for (;;) {
      const answer = await this.plant
        .call<T>('POST', `/api/v1${path}`, body, this.key)
        .catch(() => undefined);
      if (answer && answer.status < 500 && answer.status !== 429) return answer;
      this.journal.retries += 1;
      await delay(this.random() * retryAfterMs);
    }
  }

  #violation(text: string): void {
    this.journal.violations.push(text);
  }
}
