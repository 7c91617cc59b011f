import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { pipeline, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { catalogue } from '../core/error-catalogue.js';
import { DomainError } from '../core/errors.js';
import type { ErrorCode } from '../core/errors.js';
import { Secret } from '../core/secret.js';
import { speaksTls } from './speaks-tls.js';

/**
 * Where the API is.
 *
 * Shape: `ca` is the PEM of the only authority to trust; absent, the system's. `silenceMs` ends a
 * request on a line that carries nothing for so long; absent, none is ended.
 * Units: milliseconds.
 */
export interface ApiAddress {
  readonly base: string;
  readonly ca?: string;
  readonly silenceMs?: number;
}

/** The API as anybody may call it: JSON over HTTP with a key. Errors: those of `open`. */
export class Api {
  readonly #address: ApiAddress;
  readonly #key: Secret;

  constructor(address: ApiAddress | string, key: Secret | string) {
    this.#address = typeof address === 'string' ? { base: address } : address;
    this.#key = typeof key === 'string' ? new Secret(key) : key;
  }

  /** The URL of the service. */
  get base(): string {
    return this.#address.base;
  }

  async get<T>(path: string): Promise<T> {
    return JSON.parse(await this.text(path)) as T;
  }

  /** Sends a request that changes something. Shape: `requestId` is the same where it is repeated. */
  async post<T>(path: string, body: unknown, requestId?: string): Promise<T> {
    return JSON.parse(await text(await this.open('POST', path, body, requestId))) as T;
  }

  /** Sends a file as CSV. */
  async upload<T>(path: string, file: Readable): Promise<T> {
    return JSON.parse(await text(await this.open('POST', path, file))) as T;
  }

  async put(path: string, body: unknown): Promise<void> {
    (await this.open('PUT', path, body)).resume();
  }

  async text(path: string): Promise<string> {
    return await text(await this.open('GET', path));
  }

  /**
   * Sends a request and answers the reply, whose body is still to be read.
   *
   * Shape: `data.retryAfterMs` of an error is how long the service asks to wait.
   * Errors: the code of the problem that was answered; `remote.refused` when this version does not
   * know it, `remote.unreachable` (also what a proxy answers in its place), `remote.not_trusted`,
   * `remote.server_invalid` for http to a port that speaks TLS.
   */
  async open(
    method: string,
    path: string,
    body?: unknown,
    requestId?: string,
  ): Promise<IncomingMessage> {
    const reply = await this.#send(method, path, body, requestId);
    if (reply.statusCode !== undefined && reply.statusCode < 300) return reply;
    const problem = problemOf(reply.statusCode ?? 0, await text(reply));
    const waitSeconds = Number(reply.headers['retry-after']);
    if (!(waitSeconds > 0)) throw problem;
    const data = { ...problem.data, retryAfterMs: waitSeconds * 1000 };
    throw new DomainError(problem.code, problem.detail, data);
  }

  async #send(
    method: string,
    path: string,
    body: unknown,
    requestId: string | undefined,
  ): Promise<IncomingMessage> {
    const { base, ca, silenceMs } = this.#address;
    const url = new URL(`${base}/api/v1${path}`);
    const file = body instanceof Readable ? body : undefined;
    const isJson = body !== undefined && !file;
    const sent = isJson ? Buffer.from(JSON.stringify(body)) : undefined;
    const headers = {
      authorization: `Bearer ${this.#key.expose()}`,
      ...(sent && { 'content-type': 'application/json', 'content-length': sent.length }),
      ...(file && { 'content-type': 'text/csv' }),
      ...(requestId !== undefined && { 'idempotency-key': `"${requestId}"` }),
    };
    const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const options = { method, headers, ...(ca !== undefined && { ca }) };
    return await new Promise((resolve, reject) => {
      const send = (): void => {
        const request = start(url, options, resolve);
        if (silenceMs !== undefined) {
          request.setTimeout(silenceMs, () => {
            request.destroy(new Error(`silent for ${silenceMs} ms`));
          });
        }
        request.on('error', (error) => {
          // The service may close a kept connection at the moment it is used again.
          if (method === 'GET' && request.reusedSocket) send();
          else void connectionError(base, error).then(reject);
        });
        if (!file) request.end(sent);
        // The answer may come before the end of the file: it is what counts.
        else pipeline(file, request, () => undefined);
      };
      send();
    });
  }
}

/** Asks again until the answer is as wanted. Units: ms between two questions. */
export async function poll<T>(
  ask: () => Promise<T>,
  isWanted: (answer: T) => boolean,
  everyMs = 50,
): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

function problemOf(status: number, body: string): DomainError {
  const problem = readProblem(body);
  if (problem.code === undefined && gatewayStatuses.includes(status)) {
    return new DomainError('remote.unreachable', `A proxy answered with status ${status}.`);
  }
  return refusalOf(problem, status);
}

/**
 * Reads a problem that the service has answered as the error that it is.
 *
 * Shape: `remote.refused` when this version does not know its code.
 */
export function refusalOf({ code, detail = '', data, action }: Problem, status = 0): DomainError {
  if (code !== undefined && Object.hasOwn(catalogue, code)) {
    return new DomainError(code as ErrorCode, detail, data);
  }
  const words = detail && `: ${detail}`;
  return new DomainError('remote.refused', `${code ?? `status ${status}`}${words}`, {
    action: action?.en,
  });
}

/** What a proxy answers when the service behind it does not. Source: RFC 9110, 15.6; RFC 6585, 4. */
const gatewayStatuses: readonly number[] = [429, 502, 503, 504];

/** A problem as it is answered. Source: RFC 9457, with our members. */
export interface Problem {
  readonly code?: string | undefined;
  readonly detail?: string | undefined;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  readonly action?: { readonly en?: unknown } | undefined;
}

/** A proxy on the way may answer in words of its own. */
function readProblem(body: string): Problem {
  try {
    return JSON.parse(body) as Problem;
  } catch {
    return {};
  }
}

/** Source: OpenSSL, X509_STORE_CTX_get_error; Node.js, tls, X509 certificate error codes. */
const untrusted = /CERT|UNABLE_TO|ISSUER|ERR_TLS/;

async function connectionError(base: string, error: NodeJS.ErrnoException): Promise<DomainError> {
  const url = new URL(base);
  // What speaks TLS closes on plain text, which is what a service that dies looks like.
  if (url.protocol === 'http:' && error.code === 'ECONNRESET' && (await speaksTls(url))) {
    const detail = `${base} speaks TLS; give --server https://${url.host}.`;
    return new DomainError('remote.server_invalid', detail, {}, { cause: error });
  }
  const isUntrusted = untrusted.test(error.code ?? '');
  const code = isUntrusted ? 'remote.not_trusted' : 'remote.unreachable';
  const reason = error.code ?? error.message;
  return new DomainError(code, `${base}: ${reason}`, {}, { cause: error });
}
