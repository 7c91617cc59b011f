import { DomainError } from '../core/errors.js';
import { noChances } from './chances.js';
import { checkFamilies, familyOf } from './families.js';
import type { FaultName, SlotFault } from './faults.js';
import { maxSlots } from './identity.js';
import type { Simulator, SimulatorOptions } from './options.js';
import { Slot } from './slot.js';

const defaults = {
  slots: 8,
  host: '127.0.0.1',
  basePort: 0,
  seed: 1,
  isVolatile: false,
  bootMs: 150,
  isChunked: false,
  isRfc2217: false,
} as const;

/**
 * Starts simulated modules, each on its own TCP port.
 *
 * Errors: `simulator.port_unusable` (then nothing is left open), `request.invalid`.
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const settings = {
    ...defaults,
    ...options,
    chances: { ...noChances, ...options.chances },
  };
  const { families = [] } = options;
  checkSlots(settings.slots, options.faults ?? []);
  checkFamilies(settings.slots, families);
  const slots = Array.from(
    { length: settings.slots },
    (_, index) =>
      new Slot(index + 1, settings, {
        family: familyOf(index + 1, families),
        faults: faultsOf(index + 1, options.faults ?? []),
        note: (direction, text) => options.onActivity?.({ slot: index + 1, direction, text }),
      }),
  );
  const close = async (): Promise<void> => {
    await Promise.all(slots.map((slot) => slot.close()));
  };
  try {
    for (const slot of slots) await slot.listen();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    get ports() {
      return slots.map((slot) => slot.address);
    },
    get modules() {
      return slots.map((slot) => slot.view);
    },
    replaceModule: (number) => {
      const slot = slots[number - 1];
      if (!slot) throw new DomainError('request.invalid', `There is no slot ${String(number)}.`);
      slot.replaceUnit();
    },
    close,
  };
}

function faultsOf(slot: number, faults: readonly SlotFault[]): ReadonlySet<FaultName> {
  return new Set(faults.filter((fault) => fault.slot === slot).map(({ fault }) => fault));
}

function checkSlots(slots: number, faults: readonly SlotFault[]): void {
  if (!Number.isInteger(slots) || slots < 1 || slots > maxSlots) {
    throw new DomainError('request.invalid', `slots must be 1-${String(maxSlots)}.`);
  }
  const stray = faults.find(({ slot }) => slot < 1 || slot > slots);
  if (stray) {
    throw new DomainError(
      'request.invalid',
      `A fault is for slot ${String(stray.slot)}, which does not exist.`,
    );
  }
}
