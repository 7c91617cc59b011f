import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import type { Dialect } from '../at/dialect.js';
import { findDialect } from '../at/find-dialect.js';
import { DomainError } from '../core/errors.js';
import { parsePort } from '../core/port-address.js';
import { readDialectFile } from '../dialects/dialect-files.js';
import type { SlotResult } from '../jig/slot-result.js';
import { findingsOf } from './dialect-findings.js';
import type { Finding } from './dialect-findings.js';
import { runTrial } from './dialect-trial.js';
import type { Trial } from './dialect-trial.js';
import { aligned } from './table.js';
import { exitCodes, tell } from './telling.js';

/** What a trial is started with. */
export interface TrialFlags {
  readonly port: string;
  readonly dialect?: string;
  readonly file?: string;
  readonly write: boolean;
  readonly yes: boolean;
}

const warning = 'This OVERWRITES what the module holds with a made-up triple.';

/** Tries a dialect on a real module and tells what was found. */
export async function tryDialect(flags: TrialFlags): Promise<void> {
  const stop = new AbortController();
  const onSignal = (): void => {
    stop.abort();
  };
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    parsePort(flags.port);
    const dialect = await dialectOf(flags);
    if (flags.write && !(await mayWrite(flags, stop.signal))) return;
    const { port, write: isWriting } = flags;
    const trial = await runTrial({ port, dialect, isWriting, signal: stop.signal });
    if (isClosed(trial)) {
      const { reason = 'internal', detail = '' } = trial.result;
      process.stderr.write(`triplemint: ${reason}: ${port}: ${detail}\n`);
      process.exitCode = exitCodes.trouble;
      return;
    }
    const findings = findingsOf(trial, dialect);
    process.stdout.write(`${transcriptText(trial.result)}\n${tableText(findings)}`);
    const isWritten = trial.phases.includes('write');
    if (isWritten) process.stdout.write('The module may hold the made-up triple now.\n');
    if (findings.some(({ fits }) => fits === false)) process.exitCode = exitCodes.trouble;
  } catch (error) {
    tell(error, exitCodes.wrongUse);
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

/** Whether the port did not even open: nothing was found out about the module. */
function isClosed({ phases, result }: Trial): boolean {
  return phases.at(-1) === 'connect' && result.outcome !== 'ABORTED';
}

async function dialectOf({ dialect, file, write }: TrialFlags): Promise<Dialect | undefined> {
  if (file !== undefined) return await readDialectFile(file);
  if (dialect !== undefined) return findDialect(dialect);
  if (!write) return undefined;
  throw new DomainError('request.invalid', '--write needs --dialect <id> or --file <file>.');
}

async function mayWrite({ yes }: TrialFlags, signal: AbortSignal): Promise<boolean> {
  if (yes) return true;
  if (!process.stdin.isTTY) {
    throw new DomainError('request.invalid', `${warning} Add --yes to go on without being asked.`);
  }
  const asking = createInterface({ input: process.stdin, output: process.stdout, signal });
  // Ctrl-C, Ctrl-D and a signal close it, and the question would never be answered.
  const closed = once(asking, 'close').then(() => '');
  const asked = asking.question(`${warning} Go on? [y/N] `).catch(() => '');
  const answer = await Promise.race([asked, closed]);
  asking.close();
  return /^y(es)?$/i.test(answer.trim());
}

function transcriptText({ transcript }: SlotResult): string {
  const signs = { sent: '>', received: '<', note: '#' } as const;
  return transcript
    .map(({ atMs, direction, text }) => `${String(atMs).padStart(7)} ${signs[direction]} ${text}\n`)
    .join('');
}

function tableText(findings: readonly Finding[]): string {
  const rows = [
    ['step', 'result', 'the dialect says', 'observed'],
    ...findings.map(({ step, result, said, observed }) => [step, result, said, observed]),
  ];
  return aligned(rows)
    .map((line) => `${line}\n`)
    .join('');
}
