import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Api } from '../src/demo/api.js';
import type { Cleanup } from './cleanup.js';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** The built service in a process of its own. */
export interface Service {
  readonly api: Api;
  readonly httpPort: number;
  /** Units: ms from the birth of the process to its ready line. */
  readonly readyAfterMs: number;
  stop(): Promise<void>;
}

/** Starts the built service on free ports and waits for its ready line. */
export async function startService(
  cleanup: Cleanup,
  settings: { readonly DATA_DIR: string; readonly DATABASE_URL?: string },
): Promise<Service> {
  cleanup.assertOpen();
  const adminKey = randomBytes(24).toString('base64url');
  const startedAt = performance.now();
  const child = spawn(process.execPath, [main], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: {
      PATH: process.env['PATH'],
      ...freePorts,
      ADDRESS_LIMIT: '1000000', // all load comes from one address
      ADMIN_KEY: adminKey,
      ...settings,
    },
  });
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  cleanup.add(stop);
  const complaint = lastLineOf(child);
  const url = await Promise.race([readyUrl(child), ended.then(() => undefined)]);
  const readyAfterMs = performance.now() - startedAt;
  if (url === undefined) throw new Error(`the service did not start: ${complaint()}`);
  const httpPort = Number(new URL(url).port);
  return { api: new Api(url, adminKey), httpPort, readyAfterMs, stop };
}

const freePorts = { HTTP_PORT: '0', TLS_PORT: '0', MQTT_PORT: '0', MQTTS_PORT: '0' };

async function readyUrl({ stdout }: ChildProcess): Promise<string | undefined> {
  if (!stdout) return undefined;
  const lines = createInterface({ input: stdout });
  return await new Promise((resolve) => {
    lines.on('line', (line) => {
      const ready = /^triplemint is ready: (\S+)/.exec(line);
      if (ready) resolve(ready[1]);
    });
  });
}

function lastLineOf({ stderr }: ChildProcess): () => string {
  let last = '';
  stderr?.setEncoding('utf8').on('data', (text: string) => {
    last = text.trimEnd().split('\n').at(-1) ?? last;
  });
  return () => last;
}
