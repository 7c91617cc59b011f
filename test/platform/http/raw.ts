import { connect } from 'node:net';

/** Sends bytes to a port as they are and answers all that came back until the other side closed. */
export async function sendRaw(port: number, text: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.setEncoding('latin1').on('data', (part: string) => (answer += part));
    socket.on('error', reject).on('close', () => {
      resolve(answer);
    });
  });
}

/** A request without a body that asks to be the last of its connection. */
export function rawRequest(line: string, headers: readonly string[] = []): string {
  return [`${line} HTTP/1.1`, 'Host: x', ...headers, 'Connection: close', '', ''].join('\r\n');
}
