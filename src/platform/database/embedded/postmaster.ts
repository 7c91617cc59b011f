import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chown, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '../../../core/errors.js';
import { commandEnvironment, runCommand } from './command.js';
import { unlessCode } from './file-errors.js';
import type { Place } from './place.js';

/** Settings of PostgreSQL by name, on top of ours. */
export type ServerSettings = Readonly<Record<string, string>>;

/** A server process that we launched; it does not keep our process alive unless it is waited for. */
export interface Postmaster {
  readonly pid: number | undefined;
  isAlive(): boolean;
  /** Asks for a fast shutdown, as `pg_ctl stop -m fast` does. */
  interrupt(): void;
  waitForEnd(): Promise<void>;
}

/**
 * No value of a statement may reach a log of the server: errors of clients are not logged at all
 * (their messages quote values), and what is logged comes without statement, detail or parameters.
 */
const ourSettings: ServerSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '128MB',
  synchronous_commit: 'on',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  logging_collector: 'on',
  log_directory: 'log',
  log_filename: 'postgresql-%a.log',
  log_rotation_age: '1d',
  log_truncate_on_rotation: 'on',
  log_statement: 'none',
  log_checkpoints: 'off',
  log_min_duration_statement: '-1',
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
};

const startupLogName = 'startup.log';
const stopSeconds = 8;

/**
 * Launches the server in a session of its own, so that Ctrl-C and npm's signals do not reach it.
 *
 * Shape: returns at once; whether it serves is seen by connecting. Of several at once, PostgreSQL
 * lets one live.
 */
export async function launchPostmaster(
  place: Place,
  port: number,
  extra: ServerSettings,
): Promise<Postmaster> {
  const settings = { ...ourSettings, ...extra, port: String(port) };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const logPath = join(place.cluster, startupLogName);
  const log = await open(logPath, 'a', 0o600);
  try {
    if (place.user) await chown(logPath, place.user.uid, place.user.gid);
    const child = spawn(place.runtime.postgres, ['-D', place.cluster, ...options], {
      cwd: '/',
      env: commandEnvironment,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      ...(place.user && { uid: place.user.uid, gid: place.user.gid }),
    });
    return watchChild(child);
  } finally {
    await log.close();
  }
}

function watchChild(child: ChildProcess): Postmaster {
  child.unref();
  let isAlive = true;
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      isAlive = false;
      resolve();
    };
    child.once('exit', end).once('error', end);
  });
  return {
    pid: child.pid,
    isAlive: () => isAlive,
    interrupt: () => {
      if (isAlive) child.kill('SIGINT');
    },
    waitForEnd: async () => {
      if (isAlive) child.ref();
      await ended;
    },
  };
}

/** The last lines the server wrote before it could log by itself. Shape: no secrets, at most three. */
export async function readStartupLog(cluster: string): Promise<string> {
  const text = await readFile(join(cluster, startupLogName), 'utf8').catch(unlessCode('ENOENT'));
  return (text ?? '').trim().split('\n').slice(-3).join(' | ');
}

/**
 * Stops the server of a cluster, whoever launched it, and waits until it is down.
 *
 * Shape: first politely (a checkpoint is written), then without: what was committed stays.
 * Errors: `database.embedded_failed`.
 */
export async function stopPostmaster(place: Place): Promise<void> {
  for (const mode of ['fast', 'immediate']) {
    const args = ['stop', '-D', place.cluster, '-w', '-m', mode, '-t', String(stopSeconds)];
    const { code } = await runCommand(place.runtime.pgCtl, args, place.user);
    if (code === 0) return;
    // pg_ctl answers the same for "not running"; then there is nothing left to stop.
    const status = await runCommand(
      place.runtime.pgCtl,
      ['status', '-D', place.cluster],
      place.user,
    );
    if (status.code !== 0) return;
  }
  throw new DomainError(
    'database.embedded_failed',
    `PostgreSQL in ${place.cluster} does not stop.`,
  );
}
