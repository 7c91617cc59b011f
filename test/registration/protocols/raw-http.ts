import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** An answer as the bytes on the wire tell it. */
export interface RawAnswer {
  readonly statusLine: string;
  /** Header lines in the capitalisation in which they came. */
  readonly headers: readonly string[];
  readonly body: string;
}

/** Where to send bytes to; with a `ca` over TLS. */
export interface RawTarget {
  readonly port: number;
  readonly ca?: string;
}

/**
 * Sends bytes to 127.0.0.1 and answers what came back, unparsed.
 *
 * Shape: reads one answer with a `Content-Length`, in exactly that capitalisation.
 */
export async function sendRaw(target: RawTarget, bytes: string): Promise<RawAnswer> {
  const socket = open(target);
  try {
    return await new Promise<RawAnswer>((resolve, reject) => {
      let text = '';
      socket.setEncoding('latin1');
      socket.on('data', (chunk: string) => {
        text += chunk;
        const answer = parse(text);
        if (answer) resolve(answer);
      });
      socket.on('error', reject);
      socket.on('close', () => {
        reject(new Error(`closed after: ${text}`));
      });
      socket.write(bytes, 'latin1');
    });
  } finally {
    socket.destroy();
  }
}

function open({ port, ca }: RawTarget): Socket {
  const place = { host: '127.0.0.1', port };
  return ca === undefined ? connectTcp(place) : connectTls({ ...place, ca });
}

function parse(text: string): RawAnswer | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [statusLine = '', ...headers] = text.slice(0, end).split('\r\n');
  const length = headers.find((line) => line.startsWith('Content-Length: '));
  if (length === undefined) throw new Error(`no Content-Length in: ${text.slice(0, end)}`);
  const body = text.slice(end + 4);
  const isComplete = body.length >= Number(length.slice('Content-Length: '.length));
  return isComplete ? { statusLine, headers, body } : undefined;
}

/** The request of C SDK 4.2.0, byte for byte as it was observed; values are not encoded. */
export function cSdkRequest(body: string, method = 'POST', type?: string): string {
  return (
    `${method} /auth/register/device HTTP/1.1\r\nHost: localhost\r\n` +
    'Accept: text/xml,text/javascript,text/html,application/json\r\n' +
    `Content-Type: ${type ?? 'application/x-www-form-urlencoded'}\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  );
}
