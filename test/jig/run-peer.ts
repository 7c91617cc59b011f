import { onTestFinished } from 'vitest';
import { lierdaLmqtt } from '../../src/at/dialects/lierda-lmqtt.js';
import { runSlot } from '../../src/jig/slot-runner.js';
import type { SlotRunnerOptions } from '../../src/jig/slot-options.js';
import type { SlotPhase, SlotResult } from '../../src/jig/slot-result.js';
import { AtPeer } from './at-peer.js';
import type { PeerBehaviour } from './at-peer.js';
import { ClaimDesk } from './claim-desk.js';

/** What a test looks at after one unit was run. */
export interface PeerRun {
  readonly result: SlotResult;
  readonly peer: AtPeer;
  readonly desk: ClaimDesk;
  readonly phases: readonly SlotPhase[];
}

/** Starts a peer that is stopped when the test is over. */
export async function startPeer(behaviour: PeerBehaviour = {}): Promise<AtPeer> {
  const peer = await AtPeer.start(behaviour);
  onTestFinished(() => peer.stop());
  return peer;
}

/** Makes every time-out of the dialect so short that waiting for it is no loss. */
export const impatient = { timeoutScale: 0.05 };

/** The options of one slot; time-outs are a fifth of the documented ones. */
export function slotOptions(port: string, desk: ClaimDesk): SlotRunnerOptions {
  return {
    slot: 1,
    port,
    dialect: lierdaLmqtt,
    orderId: 'ord_1',
    claims: desk,
    timeoutScale: 0.2,
    limits: { connectMs: 2_000, slotMs: 15_000 },
  };
}

/** Runs one unit over real TCP. */
export async function runPeer(
  behaviour: PeerBehaviour = {},
  desk: ClaimDesk = new ClaimDesk(),
  changes: Partial<SlotRunnerOptions> = {},
): Promise<PeerRun> {
  const peer = await startPeer(behaviour);
  const phases: SlotPhase[] = [];
  const result = await runSlot({
    ...slotOptions(peer.port, desk),
    onProgress: ({ phase }) => phases.push(phase),
    ...changes,
  });
  return { result, peer, desk, phases };
}
