import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '../core/errors.js';
import { Secret } from '../core/secret.js';
import { loadEnv, processEnv } from '../platform/env.js';
import { createLogger } from '../platform/logger.js';
import type { ServiceFile } from '../service-file.js';
import { Api } from './api-client.js';
import type { ApiAddress } from './api-client.js';
import type { RemoteFlags } from './remote-flags.js';
import { exitCodes, tell } from './telling.js';

/**
 * Runs a command through the API of a service.
 *
 * Shape: `work` answers whether all is well; if not, or when it throws, the exit code is 1, and 2
 * when it does not know where to ask. An error is told on standard error, with what to do. The key
 * comes from a file, so that it stands in no list of processes and no history of a shell.
 */
export async function onService(
  flags: RemoteFlags,
  work: (api: Api) => Promise<boolean>,
): Promise<void> {
  let api: Api;
  try {
    api = await connect(flags);
  } catch (error) {
    tell(error, exitCodes.wrongUse);
    return;
  }
  try {
    if (!(await work(api))) process.exitCode = exitCodes.trouble;
  } catch (error) {
    if (!(error instanceof DomainError)) {
      createLogger('warn').fatal({ err: error }, 'command.failed');
    }
    tell(error, exitCodes.trouble);
  }
}

/**
 * Finds the service and the key.
 *
 * Shape: a request on a line that is silent for `silenceMs` ends. Units: milliseconds.
 * Errors: `env.invalid`, `remote.no_service`, `remote.server_invalid`, `remote.file_unreadable`,
 * `remote.key_invalid`.
 */
export async function connect(
  { server, keyFile, caFile }: RemoteFlags,
  silenceMs?: number,
): Promise<Api> {
  const { dataDir } = loadEnv(processEnv());
  const address =
    server === undefined ? await localAddress(dataDir) : { base: checkedServer(server) };
  const ca = caFile === undefined ? undefined : await read(caFile);
  const key = await readKey(keyFile ?? join(dataDir, 'admin.key'));
  const line = { ...(ca !== undefined && { ca }), ...(silenceMs !== undefined && { silenceMs }) };
  return new Api({ ...address, ...line }, key);
}

/** The service of the data directory, over TLS where its certificate is its own. */
async function localAddress(dataDir: string): Promise<ApiAddress> {
  const path = join(dataDir, 'service.json');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) {
    throw new DomainError('remote.no_service', `There is no ${path}, and no --server was given.`);
  }
  const { http, https, ca } = JSON.parse(text) as ServiceFile;
  return ca === null ? { base: http } : { base: https, ca: await read(ca) };
}

function checkedServer(server: string): string {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  const isLocal = ['127.0.0.1', '[::1]', 'localhost'].includes(url?.hostname ?? '');
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLocal)) return url.origin;
  throw new DomainError('remote.server_invalid', 'Give --server as https://host:port.');
}

/** Shape: what a header carries in one word. Source: RFC 9110, 5.5. */
async function readKey(path: string): Promise<Secret> {
  const text = (await read(path)).trim();
  if (/^[\x21-\x7e]+$/.test(text)) return new Secret(text);
  throw new DomainError('remote.key_invalid', `${path} holds no API key.`);
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new DomainError('remote.file_unreadable', `${path} cannot be read.`, {}, { cause });
  }
}
