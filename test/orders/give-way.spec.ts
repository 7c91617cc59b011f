import { describe, expect, it } from 'vitest';
import { giveWay } from '../../src/orders/give-way.js';

/** Somebody who always has something to do; answers how many turns he has had. Units: ms a turn. */
function busyOther(turnMs: number): { turns(): number; stop(): void } {
  let turns = 0;
  let isOver = false;
  const work = (): void => {
    if (isOver) return;
    turns += 1;
    const endsAtMs = performance.now() + turnMs;
    while (performance.now() < endsAtMs);
    setImmediate(work);
  };
  setImmediate(work);
  return { turns: () => turns, stop: () => (isOver = true) };
}

describe('long work on the event loop', () => {
  it('lets others have several turns', async () => {
    const other = busyOther(2);
    await giveWay(10);
    expect(other.turns()).toBeGreaterThanOrEqual(3);
    other.stop();
  });

  it('goes on when nobody else is there', async () => {
    // An hour of work would owe others four.
    await giveWay(3_600_000);
  });
});
