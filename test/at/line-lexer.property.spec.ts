import fc from 'fast-check';
import { expect, it } from 'vitest';
import { emptyLexer, feed, nextEvent } from '../../src/at/line-lexer.js';
import { lexAll, options } from './lex-all.js';

const pieces = [
  'AT\r',
  'OK',
  '\r\n',
  '\r',
  '\n',
  '> ',
  '>',
  ' ',
  '\0',
  'ERROR',
  '+RECV: 0,"t",5,"',
  '+RECV: 0,"t",80,"',
  '+RXPAYLOAD: 4\r\n',
  '+RXPAY\0LOAD: 9\r\n',
  '+RE',
  'CV: 0,"t",3,"',
  '\r\n> \0 ',
  'RDY',
  '\xff',
  'x'.repeat(60),
];
const stream = fc
  .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'binary-ascii', maxLength: 4 })), {
    maxLength: 40,
  })
  .map((parts) => parts.join(''));

it('gives the same events for every chunking', () => {
  fc.assert(
    fc.property(
      stream,
      fc.boolean(),
      fc.boolean(),
      fc.array(fc.nat(200), { maxLength: 60 }),
      (text, isPromptArmed, isArmedAgain, places) => {
        const cuts = places.map((place) => Math.min(place, text.length)).sort((a, b) => a - b);
        const whole = lexAll(text, { isPromptArmed }, [], isArmedAgain);
        const singles = Array.from({ length: text.length }, (_, at) => at);
        expect(lexAll(text, { isPromptArmed }, cuts, isArmedAgain)).toEqual(whole);
        expect(lexAll(text, { isPromptArmed }, singles, isArmedAgain)).toEqual(whole);
      },
    ),
    { numRuns: 1_000 },
  );
});

it('never keeps more than a line within its limit', () => {
  fc.assert(
    fc.property(stream, fc.boolean(), (text, isPromptArmed) => {
      let state = feed({ ...emptyLexer, isPromptArmed }, Buffer.from(text.repeat(3), 'latin1'));
      for (;;) {
        const next = nextEvent(state, options);
        state = next.state;
        expect(state.line.length).toBeLessThanOrEqual(options.maxLineBytes);
        if (next.event === undefined) {
          break;
        }
      }
      expect(state.pending).toBe('');
    }),
  );
});
