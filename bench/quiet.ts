import { cpus } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

/** Idle enough to begin a round: what is left is the noise of an ordinary machine. */
const quietShare = 0.85;
/** Units: ms of one look, and how long a round waits for others at most. */
const lookMs = 250;
const patienceMs = 5_000;

/**
 * Waits for a moment in which nobody else works on this machine, but not for long.
 *
 * Shape: answers the idle share of the processors, 0-1, in the last look.
 */
export async function awaitQuiet(): Promise<number> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    const share = await idleShare();
    if (share >= quietShare || performance.now() > giveUpAt) return share;
  }
}

async function idleShare(): Promise<number> {
  const before = ticks();
  await delay(lookMs);
  const after = ticks();
  return (after.idle - before.idle) / Math.max(1, after.all - before.all);
}

function ticks(): { readonly idle: number; readonly all: number } {
  const times = cpus().map((cpu) => cpu.times);
  const idle = times.reduce((sum, time) => sum + time.idle, 0);
  const all = times.reduce((sum, t) => sum + t.idle + t.user + t.sys + t.nice + t.irq, 0);
  return { idle, all };
}
