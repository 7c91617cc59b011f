import { request } from 'node:https';
import type { RequestOptions } from 'node:https';
import type { TestService } from '../support/service.js';
import { credentials } from './devices.js';
import type { TestDevice } from './devices.js';

/** Fields as a broker sends them. */
export type Sent = Readonly<Record<string, string>>;

/** What a hook answered. */
export interface HookAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** Asks a hook as RabbitMQ does: a form over plain HTTP on this machine. */
export async function askAsRabbit(
  { service }: TestService,
  name: string,
  fields: Sent,
): Promise<HookAnswer> {
  const answer = await fetch(`${service.urls.http}/hooks/rabbitmq/${name}`, {
    method: 'POST',
    body: new URLSearchParams(fields),
  });
  return await shown(answer);
}

/** Asks a hook as EMQX does: JSON over plain HTTP on this machine. */
export async function askAsEmqx(
  { service }: TestService,
  name: string,
  fields: unknown,
): Promise<HookAnswer> {
  const answer = await fetch(`${service.urls.http}/hooks/emqx/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof fields === 'string' ? fields : JSON.stringify(fields),
  });
  return await shown(answer);
}

async function shown(answer: Response): Promise<HookAnswer> {
  const contentType = answer.headers.get('content-type') ?? '';
  return { status: answer.status, contentType, text: await answer.text() };
}

/** Sends a form over TLS, with a certificate or a session of the test's own. */
export async function askOverTls(
  options: Omit<RequestOptions, 'headers'> & { readonly headers?: Sent },
  fields: Sent,
): Promise<HookAnswer> {
  const body = new URLSearchParams(fields).toString();
  return await new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        method: 'POST',
        agent: false,
        ...options,
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': Buffer.byteLength(body),
          ...options.headers,
        },
      },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => (text += part));
        answer.on('end', () => {
          const contentType = answer.headers['content-type'] ?? '';
          resolve({ status: answer.statusCode ?? 0, contentType, text });
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** What RabbitMQ 3.10.8 asks at a login; observed. */
export function rabbitLogin(device: TestDevice): Sent {
  const { clientId, username, password } = credentials(device);
  return { username, password, vhost: '/', client_id: clientId };
}
