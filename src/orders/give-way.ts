import { setImmediate as nextTurn } from 'node:timers/promises';

/** Who waits while we work gets this many times as long as we took. */
const shareOfOthers = 4;
/** A turn of the event loop in which nobody else had much to do. Units: ms. */
const idleTurnMs = 0.3;

/**
 * Lets others have the event loop after a piece of long work: at once on with it while nobody else is
 * there, a fifth of the time while others are. A file may wait, a line may not.
 *
 * Units: ms that the piece took.
 */
export async function giveWay(workedMs: number): Promise<void> {
  const beganAtMs = performance.now();
  let turnAtMs = beganAtMs;
  for (;;) {
    await nextTurn();
    const nowMs = performance.now();
    const isIdle = nowMs - turnAtMs < idleTurnMs;
    if (isIdle || nowMs - beganAtMs >= shareOfOthers * workedMs) return;
    turnAtMs = nowMs;
  }
}
