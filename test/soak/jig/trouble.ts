import { setTimeout as delay } from 'node:timers/promises';
import type { Link } from '../../agent/link.js';
import type { Plant } from '../../fault/plant.js';
import type { Dice } from './dice.js';

/** How often each kind of harm was done. */
export interface Harm {
  linksCut: number;
  answersLost: number;
  servicesKilled: number;
}

/** Cuts the link between agent and service, and kills the service, until it is stopped. */
export class Trouble {
  readonly harm: Harm = { linksCut: 0, answersLost: 0, servicesKilled: 0 };
  readonly #end = new AbortController();
  #deeds: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly plant: Plant,
    private readonly link: Link,
    private readonly dice: { readonly link: Dice; readonly service: Dice },
  ) {}

  start(): void {
    this.#deeds = Promise.all([this.#spoilLink(), this.#killService()]);
  }

  /** Ends the harm; afterwards all is whole. */
  async stop(): Promise<void> {
    this.#end.abort();
    await this.#deeds;
    this.link.mend();
    await this.plant.settle();
  }

  /** Mostly for a moment; now and then for longer than a slot waits for its confirm. */
  async #spoilLink(): Promise<void> {
    const { link: dice } = this.dice;
    while (await this.#pause(dice.between(1_000, 6_000))) {
      if (dice.fraction() < 0.3) {
        this.harm.answersLost += 1;
        this.link.loseAnswers();
      } else {
        this.harm.linksCut += 1;
        this.link.cut();
      }
      await this.#pause(dice.fraction() < 0.1 ? 12_000 : dice.between(50, 1_500));
      this.link.mend();
    }
  }

  async #killService(): Promise<void> {
    while (await this.#pause(this.dice.service.between(6_000, 20_000))) {
      if (this.plant.kill()) this.harm.servicesKilled += 1;
      await this.plant.settle();
    }
  }

  /** Shape: false when it is time to end. */
  async #pause(ms: number): Promise<boolean> {
    await delay(ms, undefined, { signal: this.#end.signal }).catch(() => undefined);
    return !this.#end.signal.aborted;
  }
}
