import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Api } from '../src/commands/api-client.js';
import type { Cleanup } from './cleanup.js';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** The built service in a process of its own. */
export interface Service {
  readonly api: Api;
  readonly pid: number;
  readonly ports: ServicePorts;
  /** The authority of its own certificate. */
  readonly caPath: string;
  /** Units: ms from the birth of the process to its ready line. */
  readonly readyAfterMs: number;
  stop(): Promise<void>;
}

/** Where the service listens. */
export interface ServicePorts {
  readonly http: number;
  readonly tls: number;
  readonly mqtt: number;
  readonly mqtts: number;
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
    env: { PATH: process.env['PATH'], ...defaults, ADMIN_KEY: adminKey, ...settings },
  });
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  cleanup.add(stop);
  const complaint = lastLineOf(child);
  const urls = await Promise.race([readyUrls(child), ended.then(() => undefined)]);
  const readyAfterMs = performance.now() - startedAt;
  if (urls === undefined) throw new Error(`the service did not start: ${complaint()}`);
  const [http = 0, tls = 0, mqtt = 0, mqtts = 0] = urls.map((url) => Number(new URL(url).port));
  return {
    api: new Api(urls[0] ?? '', adminKey),
    pid: child.pid ?? 0,
    ports: { http, tls, mqtt, mqtts },
    caPath: join(settings.DATA_DIR, 'tls', 'ca.crt'),
    readyAfterMs,
    stop,
  };
}

const defaults = {
  HTTP_PORT: '0',
  TLS_PORT: '0',
  MQTT_PORT: '0',
  MQTTS_PORT: '0',
  // All devices come from one address here. The limit counts each of them all the same.
  ADDRESS_LIMIT: '1000000',
  KEY_LIMIT: '0',
};

async function readyUrls({ stdout }: ChildProcess): Promise<readonly string[] | undefined> {
  if (!stdout) return undefined;
  const lines = createInterface({ input: stdout });
  return await new Promise((resolve) => {
    lines.on('line', (line) => {
      const [, urls] = /^triplemint is ready: (.+)$/.exec(line) ?? [];
      if (urls !== undefined) resolve(urls.split(' '));
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
