import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const program = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');

/** How a command of the built command line ended. Shape: exit code, or null after a signal. */
export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. */
export interface RunningCommand {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Starts a command of the built command line with nothing but these settings, and mostly no input. */
export function startCommand(
  args: readonly string[],
  settings: Readonly<Record<string, string>>,
  hasInput = false,
): RunningCommand {
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ...settings },
  });
  if (!hasInput) child.stdin.end();
  const streams = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (part: string) => (streams.stdout += part));
  child.stderr.setEncoding('utf8').on('data', (part: string) => (streams.stderr += part));
  const ended = once(child, 'close').then(([exitCode]: (number | null)[]) => {
    return { exitCode: exitCode ?? null, ...streams };
  });
  return { child, ended };
}

/** Runs a command of the built command line to its end. */
export async function runCommand(
  args: readonly string[],
  settings: Readonly<Record<string, string>>,
): Promise<Ended> {
  return await startCommand(args, settings).ended;
}
