import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { startEmbeddedPostgres } from '../platform/database/embedded/embedded-postgres.js';
import { unlessCode } from '../platform/database/embedded/file-errors.js';
import { settlePlace } from '../platform/database/embedded/place.js';
import { processEnv } from '../platform/env.js';
import type { ServiceFile } from '../service-file.js';

/** The service in a process of its own, as `npm start` runs it, ready to be asked. */
export interface ServiceProcess {
  readonly urls: ServiceFile;
  readonly adminKey: string;
}

/** The same from its first moment on, so that it can be stopped before it is ready. */
export interface StartedProcess {
  /** Rejects if the service ends before it is ready. */
  readonly ready: Promise<ServiceProcess>;
  /**
   * Stops the service and its database and waits for both to end.
   *
   * Units: asks at 0 s and 10 s, kills at 20 s. Errors: `database.embedded_failed`.
   */
  stop(): Promise<void>;
}

const askAgainMs = 10_000;
const killMs = 20_000;

/** Starts the service on free ports; it logs to `<dataDir>/service.log`. */
export function startServiceProcess(dataDir: string): StartedProcess {
  const child = launch(dataDir);
  const log = createWriteStream(join(dataDir, 'service.log'), { mode: 0o600 });
  child.stderr?.pipe(log, { end: false });
  child.stdout?.pipe(log, { end: false });
  const logged = finished(log).catch(() => undefined);
  const exited = exitOf(child);
  const ready = whenReady(child, exited, dataDir);
  // Whoever stops the service before it is ready does not look at this any more.
  ready.catch(() => undefined);
  return {
    ready,
    stop: async () => {
      const code = await end(child, exited);
      log.end();
      await logged;
      if (code !== 0) await stopLeftDatabase(dataDir);
    },
  };
}

function launch(dataDir: string): ChildProcess {
  const { PATH, HOME } = processEnv();
  return spawn(process.execPath, [fileURLToPath(new URL('../main.js', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH,
      HOME,
      HTTP_PORT: '0',
      TLS_PORT: '0',
      MQTT_PORT: '0',
      MQTTS_PORT: '0',
      DATA_DIR: dataDir,
      LOG_LEVEL: 'debug',
    },
  });
}

/** Shape: the exit code; null after a signal or if there never was a process. */
async function exitOf(child: ChildProcess): Promise<number | null> {
  return await new Promise((resolve) => {
    child.once('close', resolve).once('error', () => {
      resolve(null);
    });
  });
}

async function whenReady(
  child: ChildProcess,
  exited: Promise<unknown>,
  dataDir: string,
): Promise<ServiceProcess> {
  const isReady = await Promise.race([sawReadyLine(child), exited.then(() => false)]);
  if (!isReady) throw new Error(`the service did not start; see ${join(dataDir, 'service.log')}`);
  return {
    urls: JSON.parse(await readFile(join(dataDir, 'service.json'), 'utf8')) as ServiceFile,
    adminKey: (await readFile(join(dataDir, 'admin.key'), 'utf8')).trim(),
  };
}

/** The reader stays open: closing it would pause the stream, and the log would end there. */
async function sawReadyLine({ stdout }: ChildProcess): Promise<boolean> {
  return await new Promise((resolve) => {
    if (!stdout) return;
    createInterface({ input: stdout }).on('line', (line) => {
      if (line.startsWith('triplemint is ready')) resolve(true);
    });
  });
}

async function end(child: ChildProcess, exited: Promise<number | null>): Promise<number | null> {
  child.kill('SIGTERM');
  const again = setTimeout(() => child.kill('SIGTERM'), askAgainMs);
  const last = setTimeout(() => child.kill('SIGKILL'), killMs);
  const code = await exited;
  clearTimeout(again);
  clearTimeout(last);
  return code;
}

/** PostgreSQL outlives a killed service: it is taken over here and stopped in order. */
async function stopLeftDatabase(dataDir: string): Promise<void> {
  const { cluster } = await settlePlace(dataDir);
  if (!(await stat(cluster).catch(unlessCode('ENOENT')))) return;
  const postgres = await startEmbeddedPostgres({ dataDir, log: () => undefined });
  await postgres.stop();
}
