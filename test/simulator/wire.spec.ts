import { expect, test } from 'vitest';
import { Wire } from '../../src/simulator/wire.js';
import { atTheBench } from './bench.js';

interface Delivery {
  readonly text: string;
  readonly sizes: number[];
  readonly tookMs: number;
}

async function deliver(
  options: ConstructorParameters<typeof Wire>[0],
  text: string,
): Promise<Delivery> {
  const startedAt = performance.now();
  let seen = '';
  const sizes: number[] = [];
  await new Promise<void>((resolve) => {
    const wire = new Wire(options, (bytes) => {
      seen += bytes.toString('latin1');
      sizes.push(bytes.length);
      if (seen.length >= text.length) resolve();
    });
    for (const half of [text.slice(0, 20), text.slice(20)]) wire.push(Buffer.from(half));
  });
  return { text: seen, sizes, tookMs: performance.now() - startedAt };
}

const text = 'The quick brown fox jumps over the lazy dog. '.repeat(6);

test('at 4800 baud a byte takes 10 bits, and late timers do not add up', { retry: 2 }, async () => {
  const floorMs = (text.length * 10 * 1000) / 4800;
  const { text: seen, tookMs } = await deliver({ baudRate: 4800 }, text);
  expect(seen).toBe(text);
  expect(tookMs).toBeGreaterThanOrEqual(floorMs - 1);
  expect(tookMs).toBeLessThan(floorMs * 1.15);
});

test('without a rate everything is there at once', async () => {
  expect((await deliver({}, text)).sizes).toEqual([20, text.length - 20]);
});

test('pieces have the sizes that were asked for, whole text in order', async () => {
  let turn = 0;
  const { text: seen, sizes } = await deliver({ nextPieceSize: () => 1 + (turn++ % 8) }, text);
  expect(seen).toBe(text);
  expect(sizes.slice(0, 9)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 1]);
});

test('what was cleared never arrives', async () => {
  const seen: string[] = [];
  await new Promise<void>((resolve) => {
    const wire = new Wire({ baudRate: 115_200 }, (bytes) => {
      seen.push(bytes.toString());
      if (seen.join('').endsWith('b')) resolve();
    });
    wire.push(Buffer.from('a'.repeat(100)));
    wire.clear();
    wire.push(Buffer.from('b'));
  });
  expect(seen.join('')).toBe('b');
});

test('a paced module needs the time of the question and of the answer', async () => {
  const { terminal } = await atTheBench({ baudRate: 9600, isChunked: true });
  const startedAt = performance.now();
  const answer = await terminal.ask('ATI');
  const floorMs = (('ATI\r'.length + answer.length) * 10 * 1000) / 9600;
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(floorMs - 1);
  expect(answer).toContain('Revision: NT35ECNR01A01');
  expect(Math.max(...terminal.pieceSizes)).toBeLessThanOrEqual(8);
});
