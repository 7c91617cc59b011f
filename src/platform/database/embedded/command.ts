import { spawn } from 'node:child_process';
import type { RuntimeUser } from './runtime-user.js';

/** What a command left behind: its exit code (null: ended by a signal) and the end of its output. */
export interface CommandResult {
  readonly code: number | null;
  readonly output: string;
}

/**
 * The environment of every PostgreSQL process: nothing of ours, so no variable that holds a key
 * can be read from `/proc/<pid>/environ` of the database.
 */
export const commandEnvironment: NodeJS.ProcessEnv = {
  LC_ALL: 'C',
  TZ: 'UTC',
  PATH: '/usr/local/bin:/usr/bin:/bin',
};

const keptOutputChars = 4_000;

/** Runs a PostgreSQL tool to its end, as the given user where we are root. */
export async function runCommand(
  file: string,
  args: readonly string[],
  user: RuntimeUser | undefined,
): Promise<CommandResult> {
  const child = spawn(file, args, {
    cwd: '/',
    env: commandEnvironment,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(user && { uid: user.uid, gid: user.gid }),
  });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString('utf8')).slice(-keptOutputChars);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code, output: output.trim() });
    });
  });
}
