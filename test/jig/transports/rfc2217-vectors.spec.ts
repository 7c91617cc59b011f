import { describe, expect, it } from 'vitest';
import {
  comPortValues,
  decodeComPort,
  encodeComPort,
  encodePurge,
} from '../../../src/jig/transports/com-port.js';
import { decodeTelnet, encodeData, newTelnet } from '../../../src/jig/transports/telnet-codec.js';
import type { TelnetEvent } from '../../../src/jig/transports/telnet-codec.js';
import { negotiate, openOptions } from '../../../src/jig/transports/telnet-options.js';
import type { OptionStates } from '../../../src/jig/transports/telnet-options.js';

const bytes = (hex: string): Uint8Array =>
  Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const hex = (value: Uint8Array): string => Buffer.from(value).toString('hex');
const eventsOf = (text: string): readonly TelnetEvent[] =>
  decodeTelnet(newTelnet, bytes(text)).events;

/** Takes the negotiations of a server and gives what is replied. */
function answer(states: OptionStates, text: string): { states: OptionStates; replies: string[] } {
  const replies: string[] = [];
  let now = states;
  for (const event of eventsOf(text)) {
    if (event.kind !== 'negotiation') continue;
    const step = negotiate(now, event);
    now = step.states;
    if (step.reply !== undefined) replies.push(hex(step.reply));
  }
  return { states: now, replies };
}

describe('the words of ser2net 4.3.11', () => {
  const greeting = 'FFFB03 FFFD03 FFFB01 FFFE01 FFFD00 FFFB00 FFFD2C';

  it('that begin a connection are agreed to, but for the echo', () => {
    const { states, replies } = answer(openOptions().states, greeting);
    expect(replies).toEqual(['fffe01']);
    expect([...states.ours]).toEqual([
      [0, 'on'],
      [3, 'on'],
      [44, 'on'],
    ]);
    expect([...states.theirs]).toEqual([
      [0, 'on'],
      [3, 'on'],
    ]);
  });

  it('get no second answer when they are said again', () => {
    const { states } = answer(openOptions().states, greeting);
    expect(answer(states, 'FFFB03 FFFD03 FFFD00 FFFB00 FFFD2C').replies).toEqual([]);
  });

  it('are answered also where we have not asked', () => {
    const silent: OptionStates = { ours: new Map(), theirs: new Map() };
    expect(answer(silent, 'FFFD2C FFFB00 FFFB2C FFFD18').replies).toEqual([
      'fffb2c',
      'fffd00',
      'fffd2c',
      'fffc18',
    ]);
  });

  it('that take something back are agreed to once', () => {
    const { states } = answer(openOptions().states, greeting);
    const back = answer(states, 'FFFE2C FFFC00');
    expect(back.replies).toEqual(['fffc2c', 'fffe00']);
    expect(answer(back.states, 'FFFE2C FFFC00').replies).toEqual([]);
  });

  it('confirm a rate, and tell of modem lines', () => {
    const [rate, modem] = eventsOf('FFFA2C65 00002580 FFF0 FFFA2C6B00FFF0');
    expect(rate).toEqual({ kind: 'subnegotiation', option: 44, payload: bytes('65 00002580') });
    expect(decodeComPort(bytes('65 00002580'))).toEqual({ setting: 'baudRate', value: 9600 });
    expect(modem).toMatchObject({ option: 44, payload: bytes('6B00') });
    expect(decodeComPort(bytes('6B00'))).toBeUndefined();
  });
});

describe('our words', () => {
  it('offer and ask for what is needed first', () => {
    expect(openOptions().bytes.map(hex)).toEqual([
      'fffb00',
      'fffb03',
      'fffb2c',
      'fffd00',
      'fffd03',
    ]);
  });

  it('set a line', () => {
    const line = { baudRate: 9600, dataBits: 7, parity: 'even', stopBits: 2 } as const;
    expect(comPortValues(line).map(encodeComPort).map(hex)).toEqual([
      'fffa2c0100002580fff0',
      'fffa2c0207fff0',
      'fffa2c0303fff0',
      'fffa2c0402fff0',
    ]);
    expect(hex(encodePurge())).toBe('fffa2c0c03fff0');
  });

  it('double 0xFF in a rate and in data', () => {
    expect(hex(encodeComPort({ setting: 'baudRate', value: 255 }))).toBe('fffa2c01000000fffffff0');
    expect(hex(encodeData(bytes('41FF42FFFF')))).toBe('41ffff42ffffffff');
  });
});

it.each(['', '65', '65 000025', '65 0000258000', '66', '66 0808', '01 00002580', '00 41', 'FF'])(
  'an answer that is cut short or none of a setting says nothing: %j',
  (payload) => {
    expect(decodeComPort(bytes(payload))).toBeUndefined();
  },
);
