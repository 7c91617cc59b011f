import { parseArgs } from 'node:util';
import { soakLine } from './line.js';

const usage = 'npm run soak -- [--minutes <n>]';

process.exitCode = await main();

/** Shape: 0 without a violation, 1 with one, 2 for bad options; Ctrl-C ends it after the shift. */
async function main(): Promise<number> {
  const minutes = readMinutes();
  if (minutes === undefined) {
    process.stderr.write(`${usage}\n`);
    return 2;
  }
  let isInterrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => (isInterrupted = true));
  const violations = await soakLine(minutes, () => isInterrupted, say);
  return violations === 0 ? 0 : 1;
}

function readMinutes(): number | undefined {
  try {
    const { values } = parseArgs({ options: { minutes: { type: 'string', default: '30' } } });
    const minutes = Number(values.minutes);
    return minutes > 0 ? minutes : undefined;
  } catch {
    return undefined;
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
