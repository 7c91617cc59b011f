import type { ModuleView, SimulatedPort, Simulator } from '../../../src/simulator/options.js';

/** One unit that was in the jig, and what the operator was shown of it. */
export interface Board {
  /** The slot of the simulator it is or was in. */
  readonly slot: number;
  readonly faults: SimulatedPort['faults'];
  /** The IMEI it showed when it was put in; another than that of its view where it has changed. */
  readonly firstImei: string;
  /** What the unit itself holds: now, or when it left its slot. */
  readonly view: () => ModuleView;
  /** The deviceName of the last PASS that was shown. */
  passedAs: string | undefined;
  /** How often it failed for reasons of its own. */
  failures: number;
  /** Whether nothing more is expected of it. */
  hasEnded: boolean;
}

/** Every unit of a shift: those in the slots, and those that have left. */
export class Boards {
  readonly #left: Board[] = [];
  readonly #inSlots: Board[];

  constructor(readonly simulator: Simulator) {
    this.#inSlots = simulator.ports.map(({ slot }) => this.#boardIn(slot));
  }

  get all(): readonly Board[] {
    return [...this.#left, ...this.#inSlots];
  }

  get inSlots(): readonly Board[] {
    return this.#inSlots;
  }

  in(slot: number): Board {
    const board = this.#inSlots[slot - 1];
    if (!board) throw new Error(`there is no slot ${slot}`);
    return board;
  }

  /** Takes the unit out and puts a fresh one in. */
  swap(slot: number): void {
    const last = this.#viewOf(slot);
    this.#left.push({ ...this.in(slot), view: () => last });
    this.simulator.replaceModule(slot);
    this.#inSlots[slot - 1] = this.#boardIn(slot);
  }

  #boardIn(slot: number): Board {
    const { faults } = this.simulator.ports[slot - 1] ?? { faults: [] };
    const fresh = { passedAs: undefined, failures: 0, hasEnded: false };
    const { imei: firstImei } = this.#viewOf(slot);
    return { slot, faults, firstImei, view: () => this.#viewOf(slot), ...fresh };
  }

  #viewOf(slot: number): ModuleView {
    const view = this.simulator.modules[slot - 1];
    if (!view) throw new Error(`there is no slot ${slot}`);
    return view;
  }
}
