import { DomainError } from '../../core/errors.js';
import { parsePort } from '../../core/port-address.js';
import type { PortAddress } from '../../core/port-address.js';
import { SlotStop } from '../slot-result.js';
import { connectRfc2217 } from './rfc2217.js';
import { connectSerial } from './serial.js';
import { connectTcp } from './tcp.js';
import type { ConnectOptions, Transport } from './transport.js';

/**
 * Opens the port of a slot.
 *
 * Units: milliseconds, baud.
 * Errors: `SlotStop` with `port_malformed`, or why the port could not be opened.
 */
export async function connectPort(port: string, options: ConnectOptions): Promise<Transport> {
  const address = readPort(port);
  switch (address.kind) {
    case 'serial':
      return connectSerial(address, options);
    case 'tcp':
      return connectTcp(address, options.connectMs);
    case 'rfc2217':
      return connectRfc2217(address, options);
  }
}

function readPort(port: string): PortAddress {
  try {
    return parsePort(port);
  } catch (cause) {
    throw cause instanceof DomainError
      ? new SlotStop('port_malformed', cause.detail, { cause })
      : cause;
  }
}
