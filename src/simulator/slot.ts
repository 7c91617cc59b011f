import type { Family } from './context.js';
import type { FaultName } from './faults.js';
import { makeUnit } from './make-unit.js';
import type { ModuleView, SimulatedPort, SlotSettings } from './options.js';
import { seededBytes } from './seeded-bytes.js';
import { SerialFront } from './serial-front.js';
import type { SerialDevice } from './serial-front.js';
import type { SimulatedUnit } from './simulated-unit.js';
import type { UnitHost } from './unit-options.js';

/** What belongs to one slot alone. */
export interface SlotParts {
  readonly family: Family;
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
    const { host, basePort, baudRate, isChunked, isRfc2217, seed } = settings;
    const sizes = seededBytes(`pieces:${String(seed)}:${String(slot)}`);
    this.#front = new SerialFront(
      {
        host,
        port: basePort === 0 ? 0 : basePort + slot - 1,
        baudRate,
        isRfc2217,
        nextPieceSize: isChunked ? () => 1 + (sizes.next().value % 8) : undefined,
      },
      this.#device(),
    );
    this.#unit = this.#makeUnit();
  }

  get address(): SimulatedPort {
    const { host, isRfc2217 } = this.settings;
    const { identity, family, faults } = this.#unit;
    const { name, dialect } = family;
    const unit = { imei: identity.imei, family: name, dialect, faults: [...faults] };
    const scheme = isRfc2217 ? 'rfc2217' : 'tcp';
    const url = `${scheme}://${host.includes(':') ? `[${host}]` : host}:${String(this.#port)}`;
    return { slot: this.slot, host, port: this.#port, url, ...unit };
  }

  get view(): ModuleView {
    const { identity, family, triple, stored, received, counts, link } = this.#unit;
    const { imei, sn } = identity;
    const held = { family: family.name, triple, stored, received };
    const { carriedBytes } = this.#front;
    return { slot: this.slot, imei, sn, ...held, counts, carriedBytes, linkState: link.state };
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
    const place = { seed: this.settings.seed, slot: this.slot, board: this.#board };
    return makeUnit({ ...this.settings, ...this.parts }, place, this.#host());
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
      baudRate: () => this.#front.portRate,
      note: (direction, text) => {
        this.parts.note(direction, text);
      },
    };
  }
}
