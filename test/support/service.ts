import { readFile, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { Writable } from 'node:stream';
import { loadEnv } from '../../src/platform/env.js';
import { createLogger } from '../../src/platform/logger.js';
import { startService } from '../../src/service.js';
import type { RunningService } from '../../src/service.js';
import { makeDataDir } from './data-dir.js';
import { createTestDatabase } from './database.js';
import type { TestDatabase } from './database.js';

/** The admin key of every test service. */
export const adminKey = 'tm_test-admin-key-0123456789';

/** An answer over HTTP; `body` is the parsed JSON, or undefined. */
export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: T;
}

/** How a test calls the API: JSON in, JSON out, with the admin key unless another is given. */
export type Call = <T = Record<string, unknown>>(
  ...request: [method: string, path: string, body?: unknown, key?: string]
) => Promise<Answer<T>>;

/** A whole service on a database of its own, on free ports. */
export interface TestService {
  readonly service: RunningService;
  readonly database: TestDatabase;
  readonly dataDir: string;
  readonly call: Call;
  /** Everything the service logged so far. */
  log(): string;
  /** Sends a form to the device endpoint over TLS and answers the body as text. */
  postDeviceForm(fields: Readonly<Record<string, string>>): Promise<string>;
  /** Stops the service and removes everything it made. */
  stop(): Promise<void>;
}

/** Starts the whole service in this process. Shape: `settings` are environment variables. */
export async function startTestService(
  settings: Readonly<Record<string, string>> = {},
): Promise<TestService> {
  const database = await createTestDatabase();
  const dataDir = await makeDataDir('service');
  const { stream, text } = collector();
  const env = loadEnv({
    HTTP_PORT: '0',
    TLS_PORT: '0',
    MQTT_PORT: '0',
    MQTTS_PORT: '0',
    DATA_DIR: dataDir,
    DATABASE_URL: database.url.expose(),
    ADMIN_KEY: adminKey,
    LOG_LEVEL: 'debug',
    // Tests ask as fast as they can, all with one key.
    KEY_LIMIT: '0',
    ...settings,
  });
  const cleanUp = async (): Promise<void> => {
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const service = await startService(env, createLogger(env.logLevel, stream));
    return {
      service,
      database,
      dataDir,
      call: caller(service.urls.http),
      log: text,
      postDeviceForm: (fields) => postDeviceForm(service, fields),
      stop: async () => {
        await service.stop();
        await cleanUp();
      },
    };
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

/** Answers a function that calls the API under a base URL. */
export function caller(base: string): Call {
  return async (method, path, body, key = adminKey) => {
    const response = await fetch(base + path, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = (response.headers.get('content-type') ?? '').includes('json');
    // What it is, only the test that asks can say.
    const parsed = (isJson ? JSON.parse(text) : undefined) as never;
    return { status: response.status, headers: response.headers, text, body: parsed };
  };
}

async function postDeviceForm(
  service: RunningService,
  fields: Readonly<Record<string, string>>,
): Promise<string> {
  const ca = await readFile(service.urls.ca ?? '', 'utf8');
  const body = new URLSearchParams(fields).toString();
  const headers = {
    'Content-Type': 'application/x-www-form-urlencoded',
    'Content-Length': Buffer.byteLength(body),
  };
  const url = `${service.urls.https}/auth/register/device`;
  return await new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', ca, headers, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => (text += part));
      answer.on('end', () => {
        resolve(text);
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function collector(): { readonly stream: Writable; text(): string } {
  let logged = '';
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      logged += chunk.toString('utf8');
      done();
    },
  });
  return { stream, text: () => logged };
}
