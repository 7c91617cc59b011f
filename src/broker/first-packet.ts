import type { Duplex } from 'node:stream';
import { parser } from 'mqtt-packet';
import type { IConnectPacket } from 'mqtt-packet';

/** The CONNECT a connection began with. Units: bytes it took on the wire. */
export interface FirstPacket {
  readonly connect: IConnectPacket;
  readonly sizeBytes: number;
}

/** What a first packet may cost us; `signal` gives up early. */
export interface FirstPacketLimits {
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** A CONNECT of a version of MQTT that nobody here speaks; what is in it, nobody knows. */
export type UnknownLevel = 'unknown level';

const nothing = Buffer.alloc(0);
const connectByte = 0x10;
/** Source: MQTT 3.1.1, 2.2.3: a remaining length takes one to four bytes. */
const maxLengthBytes = 4;

/**
 * Reads the first packet of a connection, which must be a CONNECT.
 *
 * Shape: every byte is put back, so who comes next reads from the start. Undefined for everything
 * that is no whole, well-formed CONNECT within the limits; the caller closes the connection then,
 * after a CONNACK 1 if only the protocol level is unknown [MQTT-3.1.2-2].
 */
export function readFirstPacket(
  stream: Duplex,
  limits: FirstPacketLimits,
): Promise<FirstPacket | UnknownLevel | undefined> {
  return new Promise((resolve) => {
    const isGone = limits.signal.aborted || stream.destroyed;
    // Mostly it is there as a whole, and there is nothing to wait for.
    const read = isGone ? { packet: undefined } : readPacket(stream, nothing, limits.maxBytes);
    if ('packet' in read) {
      resolve(read.packet);
      return;
    }
    let { bytes } = read;
    const settle = (packet?: FirstPacket | UnknownLevel): void => {
      clearTimeout(timer);
      limits.signal.removeEventListener('abort', giveUp);
      stream.off('readable', look).off('end', giveUp).off('close', giveUp);
      resolve(packet);
    };
    const giveUp = (): void => {
      settle();
    };
    const look = (): void => {
      const more = readPacket(stream, bytes, limits.maxBytes);
      if ('packet' in more) settle(more.packet);
      else ({ bytes } = more);
    };
    const timer = setTimeout(giveUp, limits.timeoutMs);
    limits.signal.addEventListener('abort', giveUp);
    stream.on('readable', look).on('end', giveUp).on('close', giveUp);
  });
}

/** Reads what has come: the packet, nothing good, or the bytes of a packet that is not whole yet. */
function readPacket(
  stream: Duplex,
  before: Buffer,
  maxBytes: number,
): { readonly packet: FirstPacket | UnknownLevel | undefined } | { readonly bytes: Buffer } {
  const bytes = Buffer.concat([before, ...drain(stream)]);
  const sizeBytes = packetSize(bytes, maxBytes);
  if (sizeBytes === 'malformed') return { packet: undefined };
  if (sizeBytes === undefined || bytes.length < sizeBytes) return { bytes };
  const first = bytes.subarray(0, sizeBytes);
  const connect = parseConnect(first);
  // At once: a stream that has ended takes nothing back a moment later.
  stream.unshift(bytes);
  if (connect) return { packet: { connect, sizeBytes } };
  return { packet: hasUnknownLevel(first) ? 'unknown level' : undefined };
}

function drain(stream: Duplex): Buffer[] {
  const chunks: Buffer[] = [];
  for (;;) {
    const chunk: unknown = stream.read();
    if (!(chunk instanceof Buffer)) return chunks;
    chunks.push(chunk);
  }
}

/** The whole size of the packet that bytes begin with, as soon as its length is known. */
function packetSize(bytes: Buffer, maxBytes: number): number | 'malformed' | undefined {
  if (bytes.length > 0 && bytes[0] !== connectByte) return 'malformed'; // [MQTT-3.1.0-1]
  let remaining = 0;
  for (let at = 1; at <= maxLengthBytes; at += 1) {
    const byte = bytes[at];
    if (byte === undefined) return undefined;
    remaining += (byte & 0x7f) * 128 ** (at - 1);
    if (byte < 0x80) return at + 1 + remaining > maxBytes ? 'malformed' : at + 1 + remaining;
  }
  return 'malformed';
}

/** The protocol names up to their levels. Source: MQTT 3.1, 3.1; MQTT 3.1.1 and 5.0, 3.1.2.1. */
const protocolNames: readonly Buffer[] = ['\0\x04MQTT', '\0\x06MQIsdp'].map((text) =>
  Buffer.from(text),
);
const knownLevels: readonly number[] = [3, 4, 5];

function hasUnknownLevel(packet: Buffer): boolean {
  const start = packet.findIndex((byte, at) => at > 0 && byte < 0x80) + 1;
  const name = protocolNames.find((known) => packet.indexOf(known, start) === start);
  const level = name && packet[start + name.length];
  return level !== undefined && !knownLevels.includes(level);
}

/** Parses exactly one packet; what follows it is not for us. */
function parseConnect(bytes: Buffer): IConnectPacket | undefined {
  let connect: IConnectPacket | undefined;
  const reader = parser();
  reader.on('error', () => undefined);
  reader.on('packet', (packet) => {
    if (packet.cmd === 'connect') connect = packet;
  });
  try {
    reader.parse(bytes);
  } catch {
    return undefined; // a length that points past the end
  }
  return connect;
}
