import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { DomainError } from '../core/errors.js';
import { Secret } from '../core/secret.js';
import { fieldWords } from './field-words.js';

const portText = 'must be a whole number from 0 to 65535';
const port = (fallback: number) =>
  z.coerce.number(portText).int(portText).min(0, portText).max(65535, portText).default(fallback);
const countText = 'must be a whole number from 0 to 1000000';
const count = (fallback: number, least: number) =>
  z.coerce
    .number(countText)
    .int(countText)
    .min(least, countText)
    .max(1e6, countText)
    .default(fallback);
const file = z.string().min(1).optional();
const secret = z
  .string()
  .min(1)
  .transform((text) => new Secret(text))
  .optional();

function trustProxy(text: string): boolean | string {
  if (text === 'true') return true;
  return text === 'false' ? false : text;
}

function isDatabaseUrl(value: Secret | undefined): boolean {
  if (!value) return true;
  return URL.canParse(value.expose()) && /^postgres(ql)?:/.test(value.expose());
}

function isBrokerUrl(value: Secret | undefined): boolean {
  if (!value) return true;
  try {
    const { protocol, hostname, username, password } = new URL(value.expose());
    decodeURIComponent(username + password);
    return /^mqtts?:$/.test(protocol) && hostname !== '';
  } catch {
    return false;
  }
}

/** Every variable the service reads; `.env.example` lists the same. */
const schema = z.object({
  HTTP_PORT: port(8080),
  TLS_PORT: port(8443),
  MQTT_PORT: port(1883),
  MQTTS_PORT: port(8883),
  WS_PATH: z.string().startsWith('/').default('/mqtt'),
  BIND: z.string().min(1).default('127.0.0.1'),
  DATA_DIR: z.string().min(1).default('./data'),
  DATABASE_URL: secret.refine(isDatabaseUrl, 'must be a postgres:// URL'),
  MASTER_KEY_FILE: file,
  TLS_CERT_FILE: file,
  TLS_KEY_FILE: file,
  TLS_NAMES: z.string().min(1).optional(),
  TLS_CLIENT_CA_FILE: file,
  TLS_PROFILE: z.enum(['compatible', 'modern']).default('compatible'),
  PLAIN_HTTP: z.enum(['loopback', 'allow']).default('loopback'),
  ADMIN_KEY: secret.refine(
    (key) => !key || key.expose().length >= 16,
    'must have at least 16 characters',
  ),
  BROKER_HOST: z.string().min(1).optional(),
  BROKER_URL: secret.refine(isBrokerUrl, 'must be a mqtt:// or mqtts:// URL'),
  LEASE_SECONDS: count(900, 1),
  BLANK_IMEIS: z
    .string()
    .regex(/^\d{15}( *, *\d{15})*$/, 'must be IMEIs of 15 digits with commas between them')
    .optional(),
  HALF_OPEN_LIMIT: count(2000, 1),
  ADDRESS_LIMIT: count(1000, 0),
  KEY_LIMIT: count(1000, 0),
  TRUST_PROXY: z.string().default('false').transform(trustProxy),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

/** The names of all variables, for the test that compares them with `.env.example`. */
export const variableNames: readonly string[] = Object.keys(schema.shape);

/** Variables that may also be given as `<NAME>_FILE`, the path of a file that holds the value. */
const fromFile = ['DATABASE_URL', 'ADMIN_KEY', 'BROKER_URL'] as const;

/** The settings of one service. Shape: ports 0-65535 (0 takes a free one), absolute paths. */
export interface Env {
  readonly httpPort: number;
  readonly tlsPort: number;
  readonly mqttPort: number;
  readonly mqttsPort: number;
  readonly wsPath: string;
  readonly bind: string;
  readonly dataDir: string;
  /** Absent: a PostgreSQL of our own runs in `dataDir`. */
  readonly databaseUrl: Secret | undefined;
  readonly masterKeyFile: string;
  readonly tlsCertFile: string | undefined;
  readonly tlsKeyFile: string | undefined;
  readonly tlsNames: readonly string[];
  /** PEM: who may show a client certificate on the TLS port, which is the only one that asks. */
  readonly tlsClientCaFile: string | undefined;
  readonly tlsProfile: 'compatible' | 'modern';
  readonly plainHttp: 'loopback' | 'allow';
  readonly adminKey: Secret | undefined;
  readonly brokerHost: string | undefined;
  /** Absent: the broker inside the service. It may carry the account of the service at that broker. */
  readonly brokerUrl: Secret | undefined;
  /** How long a lease of a station is fresh. */
  readonly leaseSeconds: number;
  /** IMEIs that many modules of the site show, beside those known to everybody. */
  readonly blankImeis: readonly string[];
  /** Connections without a whole first packet; beyond it the oldest goes. */
  readonly halfOpenLimit: number;
  /** Registrations and logins per second from one address; 0 is "no limit". */
  readonly addressLimit: number;
  /** Requests per second with one key of the API; 0 is "no limit". */
  readonly keyLimit: number;
  readonly trustProxy: boolean | string;
  readonly logLevel: string;
}

/**
 * Reads the settings from the environment.
 *
 * Errors: `env.invalid`, one line that names each bad variable and never its value.
 */
export function loadEnv(source: Readonly<Record<string, string | undefined>>): Env {
  const given: Record<string, string | undefined> = {};
  for (const name of variableNames) given[name] = source[name] === '' ? undefined : source[name];
  for (const name of fromFile) given[name] ??= readSecretFile(name, source[`${name}_FILE`]);
  const parsed = schema.safeParse(given, { error: fieldWords });
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      (issue) => `${issue.path.join('.')}: ${issue.message}`,
    );
    throw new DomainError('env.invalid', problems.join('; '));
  }
  const env = parsed.data;
  if (!env.TLS_CERT_FILE !== !env.TLS_KEY_FILE) {
    throw new DomainError('env.invalid', 'TLS_CERT_FILE and TLS_KEY_FILE: give both or none');
  }
  const dataDir = resolve(env.DATA_DIR);
  return Object.freeze({
    httpPort: env.HTTP_PORT,
    tlsPort: env.TLS_PORT,
    mqttPort: env.MQTT_PORT,
    mqttsPort: env.MQTTS_PORT,
    wsPath: env.WS_PATH,
    bind: env.BIND,
    dataDir,
    databaseUrl: env.DATABASE_URL,
    masterKeyFile: resolve(env.MASTER_KEY_FILE ?? join(dataDir, 'master.key')),
    tlsCertFile: env.TLS_CERT_FILE,
    tlsKeyFile: env.TLS_KEY_FILE,
    tlsNames: env.TLS_NAMES?.split(',').map((name) => name.trim()) ?? [
      'localhost',
      '127.0.0.1',
      '::1',
      hostname(),
    ],
    tlsClientCaFile: env.TLS_CLIENT_CA_FILE,
    tlsProfile: env.TLS_PROFILE,
    plainHttp: env.PLAIN_HTTP,
    adminKey: env.ADMIN_KEY,
    brokerHost: env.BROKER_HOST,
    brokerUrl: env.BROKER_URL,
    leaseSeconds: env.LEASE_SECONDS,
    blankImeis: env.BLANK_IMEIS?.split(',').map((imei) => imei.trim()) ?? [],
    halfOpenLimit: env.HALF_OPEN_LIMIT,
    addressLimit: env.ADDRESS_LIMIT,
    keyLimit: env.KEY_LIMIT,
    trustProxy: env.TRUST_PROXY,
    logLevel: env.LOG_LEVEL,
  });
}

function readSecretFile(name: string, path: string | undefined): string | undefined {
  if (path === undefined || path === '') return undefined;
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new DomainError('env.invalid', `${name}_FILE: cannot be read`, {}, { cause });
  }
}

/** The environment of this process, read here and nowhere else. */
export function processEnv(): Readonly<Record<string, string | undefined>> {
  return process.env;
}
