import { noChances } from '../../src/simulator/chances.js';
import { familyOf } from '../../src/simulator/families.js';
import type { FaultName } from '../../src/simulator/faults.js';
import { makeUnit } from '../../src/simulator/make-unit.js';
import type { SimulatedUnit } from '../../src/simulator/simulated-unit.js';
import { VirtualTime } from '../jig/virtual-time.js';

/** Units: ms. */
export const bootMs = 100;

/** A unit in this process, without a port: what it says comes at once, and time passes when told to. */
export class UnitTalk {
  readonly unit: SimulatedUnit;
  /** The rate that the port is set to, where it has one. Units: baud. */
  portRate: number | undefined;
  readonly #time = new VirtualTime();
  #said = '';

  constructor(family: string, ...faults: FaultName[]) {
    const plan = {
      family: familyOf(1, [{ range: undefined, name: family }]),
      faults: new Set(faults),
      chances: noChances,
      hasEcho: false,
      isVolatile: false,
      bootMs,
    };
    this.unit = makeUnit(
      plan,
      { seed: 1, slot: 1, board: 0 },
      {
        send: (bytes) => (this.#said += bytes.toString('latin1')),
        later: (ms, action) => this.#time.start(ms, action),
        nowMs: () => this.#time.now(),
        note: () => undefined,
        baudRate: () => this.portRate,
      },
    );
  }

  /** Types a line and gives what is said to it at once. */
  ask(line: string): string {
    return this.type(`${line}\r`);
  }

  type(text: string): string {
    this.unit.receive(Buffer.from(text, 'latin1'));
    return this.#take();
  }

  /** Gives what is said while so much time passes. */
  pass(ms: number): string {
    this.#time.pass(ms);
    return this.#take();
  }

  #take(): string {
    const said = this.#said;
    this.#said = '';
    return said;
  }
}
