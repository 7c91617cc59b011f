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
 * Shape: `tcp://host:port` (IPv6 in brackets) or `serial:///dev/…`, the latter with an optional
 * `?baud=`.
 * Errors: `slot.port_malformed`.
 */
export function parseSlotPort(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'tcp:') return tcpPort(url);
  if (url?.protocol === 'serial:') return serialPort(url);
  throw malformed('Write the port as tcp://host:port or serial:///dev/….');
}

/**
 * Gives the slots of a station with their ports parsed; no two of them may meet at a module.
 *
 * Errors: `slot.port_malformed`, `slot.port_shared`, `slot.number_shared`.
 */
export function parseSlots(slots: readonly StationSlot[]): StationSlot[] {
  const parsed = slots.map((slot) => ({ ...slot, port: parseSlotPort(slot.port) }));
  const numbers = new Set<number>();
  const lines = new Map<string, number>();
  for (const { slot, port } of parsed) {
    if (numbers.has(slot)) throw new DomainError('slot.number_shared', `Slot ${slot} is twice.`);
    numbers.add(slot);
    const line = lineOf(port);
    const other = lines.get(line);
    if (other !== undefined) {
      const detail = `Slots ${other} and ${slot} share ${line}.`;
      throw new DomainError('slot.port_shared', detail, { slots: [other, slot] });
    }
    lines.set(line, slot);
  }
  return parsed;
}

/** Two speeds of one serial device are still one line. */
function lineOf(port: string): string {
  return port.split('?')[0] ?? port;
}

function tcpPort(url: URL): string {
  const port = Number(url.port);
  const rest = `${url.username}${url.password}${url.search}${url.hash}`;
  const isWhole = url.hostname !== '' && port >= 1 && rest === '' && url.pathname.length <= 1;
  if (!isWhole) throw malformed('A TCP port is tcp://host:port and nothing else.');
  return `tcp://${url.hostname.toLowerCase()}:${port}`;
}

function serialPort(url: URL): string {
  const rest = `${url.host}${url.username}${url.password}${url.hash}`;
  const isPath = /^\/dev(\/[A-Za-z0-9._:+-]*[A-Za-z0-9_:+-])+$/.test(url.pathname);
  const isQuery = url.search === '' || /^\?baud=[1-9]\d{2,6}$/.test(url.search);
  if (rest !== '' || !isPath || !isQuery) {
    throw malformed('A serial port is serial:///dev/…, with ?baud= if need be.');
  }
  return `serial://${url.pathname}${url.search}`;
}

function malformed(detail: string): DomainError {
  return new DomainError('slot.port_malformed', detail);
}
