import { findDialect } from '../at/find-dialect.js';
import { DomainError } from '../core/errors.js';

/** A slot of a station and where the module in it is reached. */
export interface StationSlot {
  readonly slot: number;
  readonly port: string;
  readonly dialect: string | null;
}

/**
 * Parses the port of a slot and gives it the one form by which two ports are compared.
 *
 * Shape: `tcp://host:port`, an IPv6 host in brackets; the jig opens nothing else.
 * Errors: `slot.port_malformed`.
 */
export function parseSlotPort(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'tcp:') {
    throw malformed(
      'Write tcp://host:port (ser2net or a serial device server gives a serial port a TCP port).',
    );
  }
  const port = Number(url.port);
  const rest = `${url.username}${url.password}${url.search}${url.hash}`;
  const isWhole = url.hostname !== '' && port >= 1 && rest === '' && url.pathname.length <= 1;
  if (!isWhole) throw malformed('A TCP port is tcp://host:port and nothing else.');
  return `tcp://${url.hostname.toLowerCase()}:${port}`;
}

/**
 * Gives the slots of a station with their ports parsed and their dialects known; no two of them may
 * meet at a module.
 *
 * Errors: `slot.port_malformed`, `slot.port_shared`, `slot.number_shared`, `dialect.unknown`.
 */
export function parseSlots(slots: readonly StationSlot[]): StationSlot[] {
  const parsed = slots.map((slot) => ({ ...slot, port: parseSlotPort(slot.port) }));
  const numbers = new Set<number>();
  const ports = new Map<string, number>();
  for (const { slot, port, dialect } of parsed) {
    if (numbers.has(slot)) throw new DomainError('slot.number_shared', `Slot ${slot} is twice.`);
    numbers.add(slot);
    const other = ports.get(port);
    if (other !== undefined) {
      const detail = `Slots ${other} and ${slot} share ${port}.`;
      throw new DomainError('slot.port_shared', detail, { slots: [other, slot] });
    }
    ports.set(port, slot);
    if (dialect !== null) findDialect(dialect);
  }
  return parsed;
}

function malformed(detail: string): DomainError {
  return new DomainError('slot.port_malformed', detail);
}
