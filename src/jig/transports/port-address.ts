import { DomainError } from '../../core/errors.js';

/** Where a module's line is: behind a serial server that passes raw bytes over TCP. */
export interface PortAddress {
  readonly kind: 'tcp';
  readonly host: string;
  readonly port: number;
}

/**
 * Parses the port of a slot.
 *
 * Shape: `tcp://host:port`, an IPv6 host in brackets; nothing else in it.
 * Errors: `jig.port_malformed`.
 */
export function parsePort(text: string): PortAddress {
  let url: URL;
  try {
    url = new URL(text);
  } catch (cause) {
    throw malformed('is no URL', cause);
  }
  if (url.protocol !== 'tcp:') {
    throw malformed('does not begin with tcp://');
  }
  const port = Number(url.port);
  if (url.hostname === '' || port < 1) {
    throw malformed('lacks host or port');
  }
  if (`${url.username}${url.password}${url.search}${url.hash}` !== '' || url.pathname.length > 1) {
    throw malformed('has more than host and port');
  }
  return { kind: 'tcp', host: url.hostname.replace(/^\[|\]$/g, ''), port };
}

function malformed(why: string, cause?: unknown): DomainError {
  return new DomainError('jig.port_malformed', `The port of the slot ${why}.`, {}, { cause });
}
