import { expect, test } from 'vitest';
import { ComPort, escaped } from '../../src/simulator/com-port.js';
import { runSlot } from '../../src/jig/slot-runner.js';
import { ClaimDesk } from '../jig/claim-desk.js';
import { atTheBench } from './bench.js';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

function opened(): { port: ComPort; answers: string[] } {
  const answers: string[] = [];
  const port = new ComPort((bytes) => answers.push(bytes.toString('hex')));
  return { port, answers: (answers.shift(), answers) };
}

test.each([
  ['a rate is set and confirmed', 'fffa2c01 00002580 fff0', ['fffa2c6500002580fff0'], 9_600],
  [
    'a rate of zero asks for the present one',
    'fffa2c01 00000000 fff0',
    ['fffa2c650001c200fff0'],
    115_200,
  ],
  ['an offered port option is agreed to once', 'fffb2c fffb2c', ['fffd2c'], 115_200],
  ['an unknown option is refused', 'fffb18 fffd18', ['fffe18', 'fffc18'], 115_200],
  ['255 in a value is doubled', 'fffa2c01 0000ffff 80 fff0', ['fffa2c650000ffff80fff0'], 65_408],
  ['what never ends is bounded', `fffa${'00'.repeat(200)}fff0`, [], 115_200],
] as const)('%s', (_, sent, answered, rate) => {
  for (const step of [1, 400]) {
    const { port, answers } = opened();
    const bytes = hex(sent);
    for (let at = 0; at < bytes.length; at += step) {
      expect(port.take(bytes.subarray(at, at + step))).toHaveLength(0);
    }
    expect([answers, port.baudRate]).toEqual([answered, rate]);
  }
});

test('data passes, with 255 in it, in both directions', () => {
  const { port } = opened();
  expect(port.take(hex('4154 ffff fffb00 0d')).toString('hex')).toBe('4154ff0d');
  expect(escaped(hex('01ff02')).toString('hex')).toBe('01ffff02');
});

test('a jig finds a module at another rate over RFC 2217, and writes it', async () => {
  const desk = new ClaimDesk({ acceptVolatile: true });
  const { simulator } = await atTheBench({
    slots: 2,
    isRfc2217: true,
    faults: [{ slot: 2, fault: 'wrong-baud' }],
  });
  const { url } = simulator.ports[1] ?? expect.unreachable('no such slot');
  expect(url).toMatch(/^rfc2217:\/\/127\.0\.0\.1:\d+$/);
  const result = await runSlot({
    slot: 2,
    port: url,
    orderId: 'ord_1',
    claims: desk,
    timeoutScale: 0.1,
  });
  expect(result).toMatchObject({ outcome: 'PASS', dialect: 'lierda-lmqtt' });
  expect(result.transcript.map(({ text }) => text)).toContain('tried at 9600 baud');
});
