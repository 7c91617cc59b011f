import { SlotStop } from '../slot-result.js';
import { parsePort } from './port-address.js';
import { connectTcp } from './tcp.js';
import type { Transport } from './transport.js';

/**
 * Opens the port of a slot.
 *
 * Errors: `SlotStop` with `port_malformed`, or why the port could not be opened.
 * Units: milliseconds.
 */
export async function connectPort(
  port: string,
  options: { readonly connectMs: number },
): Promise<Transport> {
  let address;
  try {
    address = parsePort(port);
  } catch (cause) {
    throw new SlotStop('port_malformed', 'write the port as tcp://host:port', { cause });
  }
  return connectTcp(address, options.connectMs);
}
