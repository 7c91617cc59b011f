import type { Dialect } from '../at/dialect.js';
import { findDialect } from '../at/find-dialect.js';
import { DomainError } from '../core/errors.js';
import { ofSlot } from '../core/of-slot.js';
import { formatPort, parsePort, portKey } from '../core/port-address.js';

/** A slot of a station and where the module in it is reached. */
export interface StationSlot {
  readonly slot: number;
  readonly port: string;
  readonly dialect: string | null;
}

/**
 * Gives the slots of a station with their ports parsed and their dialects known; no two of them may
 * meet at a module. Shape: `own` are the dialects beside the built-in ones.
 *
 * Errors: `slot.port_malformed`, `slot.port_shared`, `slot.number_shared`, `dialect.unknown`; each
 * names the slot.
 */
export function parseSlots(
  slots: readonly StationSlot[],
  own: readonly Dialect[] = [],
): StationSlot[] {
  const parsed = slots.map((slot) => ({
    ...slot,
    address: ofSlot(slot.slot, () => parsePort(slot.port)),
  }));
  const numbers = new Set<number>();
  const ports = new Map<string, number>();
  for (const { slot, address, dialect } of parsed) {
    const port = portKey(address);
    if (numbers.has(slot)) throw new DomainError('slot.number_shared', `Slot ${slot} is twice.`);
    numbers.add(slot);
    const other = ports.get(port);
    if (other !== undefined) {
      const detail = `Slots ${other} and ${slot} share ${port}.`;
      throw new DomainError('slot.port_shared', detail, { slots: [other, slot] });
    }
    ports.set(port, slot);
    if (dialect !== null) ofSlot(slot, () => findDialect(dialect, own));
  }
  return parsed.map(({ slot, address, dialect }) => ({ slot, port: formatPort(address), dialect }));
}
