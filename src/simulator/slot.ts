import type { FaultName } from './faults.js';
import { makeIdentity } from './identity.js';
import type { ModuleView, SimulatedPort, SlotSettings } from './options.js';
import { seededBytes } from './seeded-bytes.js';
import { SerialFront } from './serial-front.js';
import type { SerialDevice } from './serial-front.js';
import { SimulatedUnit } from './simulated-unit.js';
import type { UnitHost } from './simulated-unit.js';

/** What belongs to one slot alone. */
export interface SlotParts {
  readonly faults: ReadonlySet<FaultName>;
  note(direction: 'in' | 'out', text: string): void;
}

/** One position of the jig: a port, and the unit that is in it now. */
export class Slot {
  #board = 0;
  #port = 0;
  #unit: SimulatedUnit;
  readonly #front: SerialFront;

  constructor(
    private readonly slot: number,
    private readonly settings: SlotSettings,
    private readonly parts: SlotParts,
  ) {
    const { host, basePort, baudRate, isChunked, seed } = settings;
    const sizes = seededBytes(`pieces:${String(seed)}:${String(slot)}`);
    this.#front = new SerialFront(
      {
        host,
        port: basePort === 0 ? 0 : basePort + slot - 1,
        baudRate,
        nextPieceSize: isChunked ? () => 1 + (sizes.next().value % 8) : undefined,
      },
      this.#device(),
    );
    this.#unit = this.#makeUnit();
  }

  get address(): SimulatedPort {
    const { host } = this.settings;
    return { slot: this.slot, host, port: this.#port, imei: this.#unit.identity.imei };
  }

  get view(): ModuleView {
    const { identity, triple, received, counts, link } = this.#unit;
    const { imei, sn } = identity;
    return { slot: this.slot, imei, sn, triple, received, counts, linkState: link.state };
  }

  async listen(): Promise<void> {
    this.#port = await this.#front.listen();
  }

  replaceUnit(): void {
    this.#unit.remove();
    this.#board += 1;
    this.#unit = this.#makeUnit();
    this.#unit.boot();
  }

  async close(): Promise<void> {
    this.#unit.remove();
    await this.#front.close();
  }

  #makeUnit(): SimulatedUnit {
    const { seed } = this.settings;
    const { faults } = this.parts;
    const identity = makeIdentity({ seed, slot: this.slot, board: this.#board }, faults);
    return new SimulatedUnit({ ...this.settings, identity, faults }, this.#host());
  }

  #device(): SerialDevice {
    return {
      attach: () => {
        this.#unit.switchOn();
      },
      detach: () => {
        this.#unit.detach();
      },
      receive: (bytes) => {
        this.#unit.receive(bytes);
      },
    };
  }

  #host(): UnitHost {
    return {
      send: (bytes) => {
        this.#front.send(bytes);
      },
      later: (delayMs, action) => {
        const timer = setTimeout(action, delayMs);
        return () => {
          clearTimeout(timer);
        };
      },
      nowMs: () => Date.now(),
      note: (direction, text) => {
        this.parts.note(direction, text);
      },
    };
  }
}
