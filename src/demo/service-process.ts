import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { processEnv } from '../platform/env.js';
import type { ServiceFile } from '../service-file.js';

/** The service in a process of its own, as `npm start` runs it. */
export interface ServiceProcess {
  readonly urls: ServiceFile;
  readonly adminKey: string;
  stop(): Promise<void>;
}

/** Starts the service on free ports and waits until it is ready; it logs to `<dataDir>/service.log`. */
export async function startServiceProcess(dataDir: string): Promise<ServiceProcess> {
  const { PATH, HOME } = processEnv();
  const child = spawn(process.execPath, [fileURLToPath(new URL('../main.js', import.meta.url))], {
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
  const log = createWriteStream(join(dataDir, 'service.log'), { mode: 0o600 });
  child.stderr.pipe(log, { end: false });
  child.stdout.pipe(log, { end: false });
  const exited = once(child, 'exit');
  const isReady = await Promise.race([sawReadyLine(child), exited.then(() => false)]);
  if (!isReady) throw new Error(`the service did not start; see ${join(dataDir, 'service.log')}`);
  return {
    urls: JSON.parse(await readFile(join(dataDir, 'service.json'), 'utf8')) as ServiceFile,
    adminKey: (await readFile(join(dataDir, 'admin.key'), 'utf8')).trim(),
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
      log.end();
    },
  };
}

async function sawReadyLine(child: ChildProcess): Promise<boolean> {
  if (!child.stdout) return false;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('triplemint is ready')) return true;
  }
  return false;
}
