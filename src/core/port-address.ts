import { DomainError } from './errors.js';

const parities = ['none', 'even', 'odd'] as const;
const dataBitCounts = [5, 6, 7, 8] as const;
const stopBitCounts = [1, 2] as const;

/**
 * How the bits go over a serial line.
 *
 * Shape: without `baudRate` the rates of the dialect are tried.
 * Units: baud, bits.
 */
export interface LineSettings {
  readonly baudRate?: number;
  readonly dataBits: (typeof dataBitCounts)[number];
  readonly parity: (typeof parities)[number];
  readonly stopBits: (typeof stopBitCounts)[number];
}

/** A serial port of this machine. */
export interface SerialAddress {
  readonly kind: 'serial';
  readonly path: string;
  readonly line: LineSettings;
}

/** A serial server that passes raw bytes over TCP; it alone knows how the line is set. */
export interface TcpAddress {
  readonly kind: 'tcp';
  readonly host: string;
  readonly port: number;
}

/** A serial server whose line is set over TCP (RFC 2217). */
export interface Rfc2217Address {
  readonly kind: 'rfc2217';
  readonly host: string;
  readonly port: number;
  readonly line: LineSettings;
}

/** Where the line to a module is. */
export type PortAddress = SerialAddress | TcpAddress | Rfc2217Address;

const forms =
  'Write serial:///dev/ttyUSB0?baud=115200, tcp://host:port or rfc2217://host:port?baud=115200.';
const defaultLine: LineSettings = { dataBits: 8, parity: 'none', stopBits: 1 };

/**
 * Parses the port of a slot.
 *
 * Shape: `serial:///dev/ttyUSB0` or `serial://COM3`, `tcp://host:port`, `rfc2217://host:port`; serial and
 * rfc2217 may have `?baud=…&parity=none|even|odd&dataBits=5…8&stopBits=1|2`. Nothing outside /dev is a
 * serial port.
 * Units: baud, bits.
 * Errors: `slot.port_malformed`, which names what is wrong and does not repeat the text.
 */
export function parsePort(text: string): PortAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw malformed(`It is no URL. ${forms}`);
  if (`${url.username}${url.password}${url.hash}` !== '') {
    throw malformed('A port has neither a user nor a fragment (#).');
  }
  switch (url.protocol) {
    case 'serial:':
      return { kind: 'serial', path: devicePath(url), line: lineSettings(url) };
    case 'tcp:':
      if (url.search !== '') {
        throw malformed(
          'tcp:// has no settings (?): the serial server sets the line. rfc2217:// can set it.',
        );
      }
      return { kind: 'tcp', ...hostAndPort(url) };
    case 'rfc2217:':
      return { kind: 'rfc2217', ...hostAndPort(url), line: lineSettings(url) };
    default:
      throw malformed(`It begins with none of serial://, tcp:// and rfc2217://. ${forms}`);
  }
}

/** Gives a port the one form in which it is kept: defaults and needless characters left out. */
export function formatPort(address: PortAddress): string {
  switch (address.kind) {
    case 'serial':
      return `serial://${address.path}${formatLine(address.line)}`;
    case 'tcp':
      return `tcp://${formatHost(address)}`;
    case 'rfc2217':
      return `rfc2217://${formatHost(address)}${formatLine(address.line)}`;
  }
}

/** The names of this machine that lead to the same ports. */
const ownNames = ['localhost', '127.0.0.1', '::1'];

/** Names what can be open once only: the device, or the TCP port, whatever is spoken on it. */
export function portKey(address: PortAddress): string {
  if (address.kind === 'serial') return address.path;
  const { host, port } = address;
  return formatHost({ host: ownNames.includes(host) ? 'localhost' : host, port });
}

function devicePath(url: URL): string {
  if (/^com[1-9]\d*$/i.test(url.hostname) && url.pathname === '' && url.port === '') {
    return url.hostname.toUpperCase();
  }
  if (url.host !== '') {
    throw malformed('A serial port has three slashes: serial:///dev/ttyUSB0 (or serial://COM3).');
  }
  if (!/^\/dev\/[\w.+:@-]+(\/[\w.+:@-]+)*$/.test(url.pathname)) {
    throw malformed('A serial port is a path below /dev, without blanks and escapes (%).');
  }
  return url.pathname;
}

function hostAndPort(url: URL): { readonly host: string; readonly port: number } {
  const port = Number(url.port);
  if (!/^([\w.-]+|\[[\da-f:.]+\])$/i.test(url.hostname)) {
    throw malformed('The host is missing or no host name.');
  }
  if (port < 1) throw malformed('The TCP port (:1 to :65535) is missing.');
  if (url.pathname.length > 1) throw malformed('After host and port there is no path.');
  return { host: url.hostname.toLowerCase().replace(/^\[|\]$/g, ''), port };
}

function lineSettings(url: URL): LineSettings {
  const given = new Map<string, string>();
  for (const [name, value] of url.searchParams) {
    if (given.has(name)) throw malformed(`The setting "${shown(name)}" is there twice.`);
    given.set(name, value);
  }
  for (const name of given.keys()) {
    if (!['baud', 'dataBits', 'parity', 'stopBits'].includes(name)) {
      throw malformed(
        `There is no setting "${shown(name)}"; there are baud, dataBits, parity, stopBits.`,
      );
    }
  }
  const baud = given.get('baud');
  return {
    ...(baud === undefined ? {} : { baudRate: baudRate(baud) }),
    dataBits: oneOf('dataBits', given.get('dataBits'), dataBitCounts) ?? defaultLine.dataBits,
    parity: oneOf('parity', given.get('parity'), parities) ?? defaultLine.parity,
    stopBits: oneOf('stopBits', given.get('stopBits'), stopBitCounts) ?? defaultLine.stopBits,
  };
}

function baudRate(text: string): number {
  const rate = /^[1-9]\d{1,6}$/.test(text) ? Number(text) : 0;
  if (rate < 50 || rate > 4_000_000) throw malformed('baud is a whole number, 50 to 4000000.');
  return rate;
}

function oneOf<T extends string | number>(
  name: string,
  text: string | undefined,
  allowed: readonly T[],
): T | undefined {
  const found = allowed.find((value) => String(value) === text);
  if (text !== undefined && found === undefined) {
    throw malformed(`${name} is one of ${allowed.join(', ')}.`);
  }
  return found;
}

function formatHost({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function formatLine(line: LineSettings): string {
  const parts = [
    line.baudRate === undefined ? '' : `baud=${line.baudRate}`,
    line.dataBits === defaultLine.dataBits ? '' : `dataBits=${line.dataBits}`,
    line.parity === defaultLine.parity ? '' : `parity=${line.parity}`,
    line.stopBits === defaultLine.stopBits ? '' : `stopBits=${line.stopBits}`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

/** The name of a setting may be anything; only what looks like one is repeated. */
function shown(name: string): string {
  return /^[\w-]{1,20}$/.test(name) ? name : '…';
}

function malformed(why: string): DomainError {
  return new DomainError('slot.port_malformed', why);
}
