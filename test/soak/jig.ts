import { workJigShift } from './jig/shift.js';
import type { ShiftReport } from './jig/shift.js';

/** How long a jig works, and which failures it gets. */
export interface JigSoak {
  readonly minutes: number;
  readonly seed: number;
}

/** Lets a jig work while modules fail, agents and services are killed and the link is cut. */
export async function soakJig(
  { minutes, seed }: JigSoak,
  isInterrupted: () => boolean,
  say: (line: string) => void,
): Promise<number> {
  say(`jig: ${minutes} minutes, seed ${seed}`);
  const report = await workJigShift({ ms: minutes * 60_000, seed }, isInterrupted);
  for (const line of linesOf(report)) say(line);
  for (const violation of report.violations) say(`VIOLATION: ${violation}`);
  const { length } = report.violations;
  say(`${length} violations${length === 0 ? '' : `; again: npm run soak -- jig --seed ${seed}`}`);
  return length;
}

function linesOf({ boards, operator, harm }: ShiftReport): string[] {
  const failures = [...operator.failures].map(([reason, count]) => `${count} ${reason}`);
  return [
    `${boards} units in ${operator.rounds} runs: ${operator.passes} PASS ` +
      `(${operator.waitingPasses} shown before the service knew)`,
    `not passed: ${failures.join(', ') || 'none'}`,
    `${operator.agentsKilled} agents killed, ${operator.unitsNamed} unfinished units named after; ` +
      `${harm.servicesKilled} services killed, ${harm.linksCut} links cut, ` +
      `${harm.answersLost} times answers lost`,
  ];
}
