import type { Duplex } from 'node:stream';

/** The largest message. Source: Alibaba Cloud IoT, limits: 256 KB. Units: bytes. */
export const maxMessageBytes = 256 * 1024;
/** The largest packet: room for its topic beside the message. Units: bytes. */
const maxPacketBytes = maxMessageBytes + 8 * 1024;

/** Source: MQTT 3.1.1, 2.2.3: a remaining length takes one to four bytes. */
const maxLengthBytes = 4;

/**
 * Follows the packets of a connection by their lengths alone.
 *
 * Shape: one call per chunk, in order; false as soon as a packet says that it is larger than
 * `maxBytes`, before its content is there.
 */
export class PacketMeter {
  #left = 0;
  #length = 0;
  /** Bytes of the fixed header that were read; 0 between packets. */
  #headerBytes = 0;

  constructor(private readonly maxBytes: number) {}

  takes(chunk: Uint8Array): boolean {
    for (let at = 0; at < chunk.length;) {
      if (this.#left > 0) {
        const skipped = Math.min(this.#left, chunk.length - at);
        this.#left -= skipped;
        at += skipped;
      } else if (this.#takesHeader(chunk[at] ?? 0)) {
        at += 1;
      } else {
        return false;
      }
    }
    return true;
  }

  #takesHeader(byte: number): boolean {
    const place = this.#headerBytes;
    this.#headerBytes += 1;
    if (place === 0) return true; // the type
    this.#length += (byte & 0x7f) * 128 ** (place - 1);
    if (byte >= 0x80) return place < maxLengthBytes;
    if (1 + place + this.#length > this.maxBytes) return false;
    this.#left = this.#length;
    this.#length = 0;
    this.#headerBytes = 0;
    return true;
  }
}

/**
 * Ends a connection that announces a packet larger than we take.
 *
 * Shape: call it when the reader of the stream is there: a listener of data beside one that reads
 * hears what the other is given and moves nothing itself.
 */
export function limitPackets(stream: Duplex): void {
  const meter = new PacketMeter(maxPacketBytes);
  stream.on('data', (chunk: Buffer) => {
    if (!meter.takes(chunk)) stream.destroy();
  });
}
