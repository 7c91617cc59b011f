import type { MqttVersion } from './connack.js';

/** What a broker said to a CONNECT: a login let in or refused, or something that is no answer. */
export type FirstAnswer = 'granted' | 'refused' | 'malformed';

const connackByte = 0x20;
/** Source: MQTT 5.0, 3.15: an exchange that may come before the CONNACK. */
const authByte = 0xf0;
/** Source: MQTT 3.1.1, 2.2.3: a remaining length takes one to four bytes. */
const maxLengthBytes = 4;

/**
 * Reads the answer to a CONNECT from what a broker sends, as it passes by.
 *
 * Shape: chunks of any size; never more than a few bytes are kept. Return code 0 (3.1.1) and reason
 * code 0 (5) let a login in. Source: MQTT 3.1.1, 3.2; MQTT 5.0, 3.2.
 */
export class FirstAnswerReader {
  #head: Buffer = Buffer.alloc(0);
  #toSkip = 0;

  constructor(private readonly version: MqttVersion) {}

  /** Answers undefined until it is known. */
  read(chunk: Buffer): FirstAnswer | undefined {
    let bytes = chunk;
    for (;;) {
      const skipped = Math.min(this.#toSkip, bytes.length);
      this.#toSkip -= skipped;
      bytes = Buffer.concat([this.#head, bytes.subarray(skipped)]);
      this.#head = Buffer.alloc(0);
      const header = headerOf(bytes);
      if (header === 'malformed') return 'malformed';
      const isAuth = this.version === 5 && bytes[0] === authByte;
      if (bytes.length > 0 && !isAuth && bytes[0] !== connackByte) return 'malformed';
      const code = header && bytes[header.sizeBytes + 1];
      if (!header || (!isAuth && code === undefined)) {
        this.#head = Buffer.from(bytes);
        return undefined;
      }
      if (!isAuth) return code === 0 ? 'granted' : 'refused';
      this.#toSkip = header.remaining;
      bytes = bytes.subarray(header.sizeBytes);
    }
  }
}

/** The fixed header that bytes begin with; undefined until it is whole. */
function headerOf(
  bytes: Buffer,
): { readonly sizeBytes: number; readonly remaining: number } | 'malformed' | undefined {
  let remaining = 0;
  for (let at = 1; at <= maxLengthBytes; at += 1) {
    const byte = bytes[at];
    if (byte === undefined) return undefined;
    remaining += (byte & 0x7f) * 128 ** (at - 1);
    if (byte < 0x80) return { sizeBytes: at + 1, remaining };
  }
  return 'malformed';
}
