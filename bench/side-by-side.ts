import type { Bench } from './bench.js';
import { shown } from './figures.js';
import type { Finding } from './finding.js';
import type { WaveResult } from './load/wave.js';
import { rateOf, sayWaves } from './waves.js';

/** How a floor and the service are compared. Shape: a wave takes devices from a number on. */
export interface Contest {
  readonly work: string;
  readonly atLeast: number;
  readonly rounds: number;
  readonly perRound: number;
  readonly floor: (from: number) => Promise<WaveResult>;
  readonly ours: (from: number) => Promise<WaveResult>;
}

/** How many devices each side of a contest needs: the first round is a warm-up, and not counted. */
export function fleetSize({ rounds, perRound }: Pick<Contest, 'rounds' | 'perRound'>): number {
  return perRound * (rounds + 1);
}

/** Measures floor and service in turn, on the same machine, with the same load. */
export async function sideBySide(bench: Bench, contest: Contest): Promise<Finding> {
  const { perRound } = contest;
  const floor: WaveResult[] = [];
  const ours: WaveResult[] = [];
  for (let round = 0; round <= contest.rounds; round += 1) {
    const from = 1 + round * perRound;
    const byFloor = await contest.floor(from);
    const byOurs = await contest.ours(from);
    const rates = `${shown(perRound / byFloor.seconds)}/s, ours ${shown(perRound / byOurs.seconds)}/s`;
    bench.say(`  round ${round || 'warm-up'}: floor ${rates}`);
    if (round === 0) continue;
    floor.push(byFloor);
    ours.push(byOurs);
  }
  return findingOf(contest, floor, ours);
}

function findingOf(
  { work, perRound, atLeast }: Contest,
  floor: readonly WaveResult[],
  ours: readonly WaveResult[],
): Finding {
  const figure = rateOf(perRound, ours) / rateOf(perRound, floor);
  return {
    work,
    floor: sayWaves(perRound, floor),
    ours: sayWaves(perRound, ours),
    figure,
    shown: `${shown(figure)} x`,
    target: { atLeast },
    rounds: floor.map((byFloor, index) => ({
      floorPerSecond: perRound / byFloor.seconds,
      oursPerSecond: perRound / (ours[index]?.seconds ?? Number.NaN),
      floorP99Ms: byFloor.p99Ms,
      oursP99Ms: ours[index]?.p99Ms ?? Number.NaN,
    })),
  };
}
