import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { soakJig } from './jig.js';
import { soakLine } from './line.js';

const usage = 'npm run soak -- [line | jig] [--minutes <n>] [--seed <n>, of a jig]';
/** Units: minutes unless told otherwise. */
const usualMinutes = { line: 30, jig: 5 };

interface Options {
  readonly work: keyof typeof usualMinutes;
  readonly minutes: number;
  readonly seed: number;
}

process.exitCode = await main();

/** Shape: 0 without a violation, 1 with one, 2 for bad options; Ctrl-C ends it after the shift. */
async function main(): Promise<number> {
  const options = readOptions();
  if (options === undefined) {
    process.stderr.write(`${usage}\n`);
    return 2;
  }
  let isInterrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => (isInterrupted = true));
  const isOver = (): boolean => isInterrupted;
  const { work, minutes } = options;
  const violations = await (work === 'jig'
    ? soakJig(options, isOver, say)
    : soakLine(minutes, isOver, say));
  return violations === 0 ? 0 : 1;
}

function readOptions(): Options | undefined {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { minutes: { type: 'string' }, seed: { type: 'string' } },
    });
    const [work = 'line', ...more] = positionals;
    if (more.length > 0 || (work !== 'line' && work !== 'jig')) return undefined;
    const minutes = Number(values.minutes ?? usualMinutes[work]);
    const seed = Number(values.seed ?? randomInt(1_000_000));
    return minutes > 0 && Number.isInteger(seed) && seed >= 0 ? { work, minutes, seed } : undefined;
  } catch {
    return undefined;
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
