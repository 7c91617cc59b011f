import { afterEach, describe, expect, it, vi } from 'vitest';
import { ProgressLine, progressText } from '../../src/commands/progress.js';

afterEach(() => {
  vi.useRealTimers();
});

describe('the text of progress', () => {
  it.each([
    [{ count: 0, of: 1_000_000 }, 0, '0 of 1,000,000, 0/s, 0 %'],
    [{ count: 250_000, of: 1_000_000 }, 2, '250,000 of 1,000,000, 125,000/s, 25 %, 6 s left'],
    [{ count: 999_999, of: 1_000_000 }, 10, '999,999 of 1,000,000, 100,000/s, 99 %, 1 s left'],
    [{ count: 1_000_000, of: 1_000_000 }, 10, '1,000,000 of 1,000,000, 100,000/s, 100 %'],
    [{ count: 0, of: 0 }, 1, '0 of 0, 0/s'],
    [{ count: 500 }, 2, '500, 250/s'],
  ])('of %j after %i s is %j', (done, seconds, text) => {
    expect(progressText(done, seconds)).toBe(text);
  });
});

describe('progress', () => {
  function shownOn(isTTY: boolean): { readonly line: ProgressLine; readonly written: string[] } {
    vi.useFakeTimers({ toFake: ['performance'] });
    const written: string[] = [];
    const line = new ProgressLine('file', { isTTY, write: (text) => written.push(text) });
    return { line, written };
  }

  it('on a terminal is one line that moves and goes', () => {
    const { line, written } = shownOn(true);
    for (const count of [1, 2]) {
      vi.advanceTimersByTime(1_000);
      line.tell({ count, of: 4 });
    }
    line.end();
    line.end();
    expect(written).toEqual([
      '\rfile: 1 of 4, 1/s, 25 %, 3 s left\u001b[K',
      '\rfile: 2 of 4, 1/s, 50 %, 2 s left\u001b[K',
      '\r\u001b[K',
    ]);
  });

  it('elsewhere is a line every five seconds', () => {
    const { line, written } = shownOn(false);
    for (let count = 1; count <= 12; count += 1) {
      vi.advanceTimersByTime(1_000);
      line.tell({ count, of: 20 });
    }
    line.end();
    expect(written).toEqual([
      'file: 5 of 20, 1/s, 25 %, 15 s left\n',
      'file: 10 of 20, 1/s, 50 %, 10 s left\n',
    ]);
  });
});
