import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { DomainError } from '../../src/core/errors.js';
import { Gatherer } from '../../src/jig/gatherer.js';

/** A desk that answers each question with itself, and refuses `bad`. */
function desk(nearby: () => number, waitMs: number) {
  const asked: (readonly string[])[] = [];
  const gatherer = new Gatherer<string, string>({
    nearby,
    waitMs,
    askAll: (items) => {
      asked.push(items);
      if (items.includes('broken')) return Promise.reject(new DomainError('database.away', ''));
      const error = new DomainError('unit.bound_elsewhere', '');
      return Promise.resolve(
        items.map((value) => (value === 'bad' ? { ok: false, error } : { ok: true, value })),
      );
    },
  });
  return { asked, gatherer };
}

describe('a question', () => {
  it('goes out at once when no other slot is near', async () => {
    const { asked, gatherer } = desk(() => 0, 60_000);
    const answer = gatherer.ask('a');
    expect(asked).toEqual([['a']]);
    expect(await answer).toBe('a');
  });

  it('waits for the slots that are near, and goes out with the last of them', async () => {
    let nearby = 2;
    const { asked, gatherer } = desk(() => nearby, 60_000);
    const answers = [gatherer.ask('a')];
    for (const name of ['b', 'c']) {
      await turn();
      expect(asked).toEqual([]);
      nearby -= 1;
      answers.push(gatherer.ask(name));
    }
    expect(await Promise.all(answers)).toEqual(['a', 'b', 'c']);
    expect(asked).toEqual([['a', 'b', 'c']]);
  });

  it('does not wait for ever for a slot that never asks', async () => {
    const { asked, gatherer } = desk(() => 1, 1);
    expect(await Promise.all([gatherer.ask('a'), gatherer.ask('b')])).toEqual(['a', 'b']);
    expect(await gatherer.ask('c')).toBe('c');
    expect(asked).toEqual([['a', 'b'], ['c']]);
  });

  it('goes out with 63 others, though more are near', async () => {
    const { asked, gatherer } = desk(() => 3, 60_000);
    const names = Array.from({ length: 64 }, (_, index) => String(index));
    expect(await Promise.all(names.map((name) => gatherer.ask(name)))).toEqual(names);
    expect(asked).toEqual([names]);
  });

  it('is refused alone, but hears of trouble with all others', async () => {
    const { gatherer } = desk(() => 1, 1);
    const [good, bad] = await Promise.allSettled([gatherer.ask('a'), gatherer.ask('bad')]);
    expect(good.status).toBe('fulfilled');
    expect(bad).toMatchObject({ reason: { code: 'unit.bound_elsewhere' } });
    const all = await Promise.allSettled([gatherer.ask('a'), gatherer.ask('broken')]);
    for (const one of all) expect(one).toMatchObject({ reason: { code: 'database.away' } });
  });
});
