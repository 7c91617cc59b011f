import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineReader } from '../../src/simulator/line-reader.js';

/** Feeds pieces; a line `DATA<n>` asks for so many bytes, as LMQTTPUB does. */
function read(pieces: readonly string[]): { found: string[]; echo: string } {
  const found: string[] = [];
  let echo = '';
  let given = '';
  const reader = new LineReader({
    typed: (bytes) => (echo += bytes.toString('latin1')),
    line: (text) => {
      found.push(text === undefined ? 'too long' : `line ${text}`);
      const size = /^DATA(\d+)$/.exec(text ?? '')?.[1];
      if (size !== undefined) reader.expectData(Number(size));
      if (text === 'TEXT') reader.expectData(undefined);
      if (text === 'RESET') reader.reset();
    },
    given: (bytes) => (given += bytes.toString('latin1')),
    data: (bytes) => found.push(bytes ? `data ${bytes.toString('latin1')}` : 'called off'),
  });
  for (const piece of pieces) reader.feed(Buffer.from(piece, 'latin1'));
  return { found, echo };
}

const cut = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1 });

function piecesOf(text: string, sizes: readonly number[]): string[] {
  const pieces: string[] = [];
  for (let at = 0, turn = 0; at < text.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    pieces.push(text.slice(at, at + size));
    at += size;
  }
  return pieces;
}

test('CR, LF and CR LF end a line, and empty lines are nothing', () => {
  expect(read(['A\rB\nC\r\nD\r\r\n\n \rE']).found).toEqual([
    'line A',
    'line B',
    'line C',
    'line D',
  ]);
});

test.each([
  ['TEXT\rab\rcd\x1aNEXT\r', ['line TEXT', 'data ab\rcd', 'line NEXT']],
  ['TEXT\rab\x1bNEXT\r', ['line TEXT', 'called off', 'line NEXT']],
])('data without a length ends at Ctrl-Z and is called off by ESC', (text, found) => {
  expect(read([text]).found).toEqual(found);
  expect(read(piecesOf(text, [1])).found).toEqual(found);
});

test('however the bytes are cut, the lines are the same', () => {
  const lines = fc.array(fc.stringMatching(/^[!-~]{1,12}$/), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(lines, fc.constantFrom('\r', '\n', '\r\n'), cut, (texts, end, sizes) => {
      fc.pre(texts.every((text) => !/^(DATA\d+|RESET|TEXT)$/.test(text)));
      const whole = texts.map((text) => text + end).join('');
      expect(read(piecesOf(whole, sizes)).found).toEqual(texts.map((text) => `line ${text}`));
    }),
  );
});

test('data is exactly the bytes after the line end, however they are cut', () => {
  const data = fc
    .uint8Array({ minLength: 1, maxLength: 30 })
    .map((bytes) => Buffer.from(bytes).toString('latin1'));
  fc.assert(
    fc.property(data, fc.constantFrom('\n', '\r\n'), cut, (text, end, sizes) => {
      const whole = `first${end}DATA${String(text.length)}${end}${text}after${end}`;
      expect(read(piecesOf(whole, sizes)).found).toEqual([
        'line first',
        `line DATA${String(text.length)}`,
        `data ${text}`,
        'line after',
      ]);
    }),
  );
});

test('after CR alone a first LF of the data counts, when it comes by itself', () => {
  expect(read(['DATA2\r', '\nx']).found).toEqual(['line DATA2', 'data \nx']);
});

test('a line that is too long is told once, and the next one is read', () => {
  expect(read(['x'.repeat(5000), '\rAT\r']).found).toEqual(['too long', 'line AT']);
});

test('after a reset the rest of the same bytes is lost', () => {
  expect(read(['half', '\rRESET\rAT\r', 'AT2\r']).found).toEqual([
    'line half',
    'line RESET',
    'line AT2',
  ]);
});

test('everything typed can be echoed, except the LF of a CR LF', () => {
  expect(read(['AT\r\nAT\n']).echo).toBe('AT\rAT\n');
});
