import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeTelnet,
  encodeData,
  encodeNegotiation,
  encodeSubnegotiation,
  newTelnet,
} from '../../../src/jig/transports/telnet-codec.js';
import type { TelnetEvent, Verb } from '../../../src/jig/transports/telnet-codec.js';

/** What a stream says, whatever the chunks: data that follows data is one piece. */
function read(chunks: readonly Uint8Array[]): string[] {
  const said: string[] = [];
  let state = newTelnet;
  for (const chunk of chunks) {
    const decoded = decodeTelnet(state, chunk);
    state = decoded.state;
    for (const event of decoded.events) {
      const last = said.at(-1);
      if (event.kind === 'data' && last?.startsWith('data ') === true) {
        said[said.length - 1] = `${last}${hex(event.bytes)}`;
      } else {
        said.push(told(event));
      }
    }
  }
  return said;
}

function told(event: TelnetEvent): string {
  switch (event.kind) {
    case 'data':
      return `data ${hex(event.bytes)}`;
    case 'negotiation':
      return `${event.verb} ${event.option}`;
    case 'subnegotiation':
      return `sub ${event.option} ${hex(event.payload)}`;
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Cuts bytes into chunks of the given sizes, over and over. */
function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

const aByte = fc.oneof(
  fc.constantFrom(0xff, 0xfa, 0xf0, 0xfb, 0xfc, 0xfd, 0xfe, 44),
  fc.integer({ min: 0, max: 255 }),
);
const someBytes = fc.array(aByte, { maxLength: 60 }).map((bytes) => Uint8Array.from(bytes));
const sizes = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 5 });

describe('a stream of telnet', () => {
  it('says the same however it is cut', () => {
    fc.assert(
      fc.property(someBytes, sizes, (bytes, cuts) => {
        expect(read(cut(bytes, cuts))).toEqual(read([bytes]));
      }),
    );
  });

  it('says what was written to it', () => {
    const option = fc.integer({ min: 0, max: 255 });
    const verb = fc.constantFrom<Verb>('WILL', 'WONT', 'DO', 'DONT');
    const part = fc.oneof(
      someBytes
        .filter(({ length }) => length > 0)
        .map((bytes) => ({ wire: encodeData(bytes), says: `data ${hex(bytes)}` })),
      fc
        .tuple(verb, option)
        .map(([v, o]) => ({ wire: encodeNegotiation(v, o), says: `${v} ${o}` })),
      fc.tuple(option, someBytes).map(([o, payload]) => ({
        wire: encodeSubnegotiation(o, [...payload]),
        says: `sub ${o} ${hex(payload)}`,
      })),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), sizes, (parts, cuts) => {
        const wire = Uint8Array.from(parts.flatMap((one) => [...one.wire]));
        const joined = parts
          .map(({ says }) => says)
          .reduce<string[]>((all, says) => {
            const last = all.at(-1);
            const isMore = says.startsWith('data ') && last?.startsWith('data ') === true;
            return isMore ? [...all.slice(0, -1), `${last}${says.slice(5)}`] : [...all, says];
          }, []);
        expect(read(cut(wire, cuts))).toEqual(joined);
      }),
    );
  });

  it('keeps no more of a subnegotiation without an end than its bound', () => {
    const flood = Uint8Array.from([0xff, 0xfa, 44, ...Array.from({ length: 5_000 }, () => 7)]);
    const { state, events } = decodeTelnet(newTelnet, flood);
    expect(events).toEqual([]);
    expect(state.sub).toHaveLength(256);
    const end = decodeTelnet(state, Uint8Array.from([0xff, 0xf0, 0x41]));
    expect(end.events.map(({ kind }) => kind)).toEqual(['subnegotiation', 'data']);
    expect(end.state.sub).toEqual([]);
  });
});
