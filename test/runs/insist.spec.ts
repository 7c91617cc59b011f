import { describe, expect, it } from 'vitest';
import { DomainError } from '../../src/core/errors.js';
import { insist } from '../../src/runs/insist.js';

const away = () => new DomainError('database.away', '');
const patient = { patienceMs: 60_000, firstMs: 1, signal: new AbortController().signal };

function failing(
  times: number,
  error: () => Error,
): { ask: () => Promise<number>; tries(): number } {
  let tries = 0;
  return {
    ask: () => {
      tries += 1;
      return tries > times ? Promise.resolve(tries) : Promise.reject(error());
    },
    tries: () => tries,
  };
}

describe('a question to the claims of a station', () => {
  it('is asked again until there is an answer', async () => {
    const { ask } = failing(3, away);
    const again: string[] = [];
    const answer = insist(ask, { ...patient, onAgain: ({ code }) => again.push(code) });
    expect(await answer).toBe(4);
    expect(again).toEqual(Array(3).fill('database.away'));
  });

  it('is not asked again when it was refused, or when something is broken', async () => {
    for (const error of [new DomainError('order.closed', ''), new Error('broken')]) {
      const { ask, tries } = failing(1, () => error);
      await expect(insist(ask, patient)).rejects.toBe(error);
      expect(tries()).toBe(1);
    }
  });

  it('is given up when the patience is over, and at an abort', async () => {
    const { ask, tries } = failing(Infinity, away);
    const impatient = { ...patient, patienceMs: 20 };
    await expect(insist(ask, impatient)).rejects.toMatchObject({ code: 'database.away' });
    expect(tries()).toBeGreaterThan(1);
    const abort = new AbortController();
    const work = insist(ask, {
      ...patient,
      firstMs: 60_000,
      mostMs: 60_000,
      patienceMs: Infinity,
      signal: abort.signal,
      onAgain: () => {
        abort.abort();
      },
    });
    await expect(work).rejects.toMatchObject({ code: 'database.away' });
  });
});
