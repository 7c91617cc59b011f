import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { caller } from './service.js';
import type { Call } from './service.js';

const root = join(import.meta.dirname, '..', '..');

/** The built service in a process of its own, as `npm start` runs it. */
export interface BuiltService {
  readonly pid: number;
  readonly http: string;
  readonly https: string;
  readonly call: Call;
  /** All it printed so far, both streams. */
  output(): string;
  /** Sends a signal and waits for the end. Shape: exit code, or null after SIGKILL. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
}

/** A start that did not become ready. */
export interface FailedStart {
  readonly exitCode: number | null;
  readonly output: string;
}

/** How the service is started: as a bare process, or through npm as the README says. */
export type Launcher = 'node' | 'npm';

function launch(
  dataDir: string,
  settings: Readonly<Record<string, string>>,
  launcher: Launcher = 'node',
): ChildProcess {
  const [command, ...args] =
    launcher === 'npm' ? ['npm', 'start'] : [process.execPath, join(root, 'dist', 'main.js')];
  return spawn(command, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HTTP_PORT: '0',
      TLS_PORT: '0',
      MQTT_PORT: '0',
      MQTTS_PORT: '0',
      DATA_DIR: dataDir,
      ...settings,
    },
  });
}

function gather(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (part: string) => (text += part));
  }
  return () => text;
}

/** Starts the built service and waits for its ready line. */
export async function startBuiltService(
  dataDir: string,
  settings: Readonly<Record<string, string>> = {},
  launcher: Launcher = 'node',
): Promise<BuiltService> {
  const child = launch(dataDir, settings, launcher);
  const output = gather(child);
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const urls = await Promise.race([readyUrls(child), ended.then(() => undefined)]);
  const [http, https = ''] = urls ?? [];
  if (http === undefined) throw new Error(`the service did not start: ${output()}`);
  const adminKey = settings['ADMIN_KEY'] ?? (await keyOf(dataDir));
  const withKey = caller(http);
  return {
    pid: child.pid ?? 0,
    http,
    https,
    call: (method, path, body, key = adminKey) => withKey(method, path, body, key),
    output,
    end: async (signal) => {
      child.kill(signal);
      const [code] = await ended;
      return code;
    },
  };
}

/** Starts the built service where it must fail. */
export async function failToStart(
  dataDir: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<FailedStart> {
  const child = launch(dataDir, settings);
  const output = gather(child);
  const [exitCode] = (await once(child, 'exit')) as [number | null];
  return { exitCode, output: output() };
}

async function readyUrls(child: ChildProcess): Promise<readonly string[] | undefined> {
  if (!child.stdout) return undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const ready = /^triplemint is ready: (.+)$/.exec(line);
    if (ready) return ready[1]?.split(' ');
  }
  return undefined;
}

async function keyOf(dataDir: string): Promise<string> {
  return (await readFile(join(dataDir, 'admin.key'), 'utf8')).trim();
}

/** Processes of this machine whose command line names a folder. Shape: `pid command`. */
export async function processesNaming(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.includes(folder)) found.push(`${pid} ${command.replaceAll('\0', ' ')}`);
  }
  return found;
}
