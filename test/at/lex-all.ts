import { armPrompt, emptyLexer, feed, nextEvent } from '../../src/at/line-lexer.js';
import type { LexEvent, LexerState } from '../../src/at/line-lexer.js';

/** A lexer with a small limit and both forms of counted payload. */
export const options = {
  maxLineBytes: 64,
  counted: ['\\+RECV: \\d+,"[^"]*",(?<length>\\d+),"', '\\+RXPAYLOAD: (?<length>\\d+)\\r?\\n'],
};

/** Lexes a text of latin1 characters, cut at the given places; `isArmedAgain` after every event. */
export function lexAll(
  text: string,
  start: Partial<LexerState> = {},
  cuts: readonly number[] = [],
  isArmedAgain = false,
): readonly LexEvent[] {
  const events: LexEvent[] = [];
  let state: LexerState = { ...emptyLexer, ...start };
  let from = 0;
  for (const to of [...cuts, text.length]) {
    state = feed(state, Buffer.from(text.slice(from, to), 'latin1'));
    from = to;
    for (;;) {
      const next = nextEvent(state, options);
      state = isArmedAgain && next.event !== undefined ? armPrompt(next.state, true) : next.state;
      if (next.event === undefined) {
        break;
      }
      events.push(next.event);
    }
  }
  return events;
}
