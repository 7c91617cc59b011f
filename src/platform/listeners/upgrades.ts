import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

/**
 * Serves a request that offers an upgrade we do not take, as if it had not offered it.
 *
 * Java's HttpClient offers `Upgrade: h2c` with plain requests. Once anyone listens for upgrades,
 * Node hands such requests over too, and they would go unanswered. RFC 9110, 7.8: a server may
 * ignore the offer. The head is written again without it and read by the server anew.
 */
export function ignoreUpgrade(
  server: Server,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  const lines = [`${request.method ?? 'GET'} ${request.url ?? '/'} HTTP/${request.httpVersion}`];
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const line = headerWithoutUpgrade(
      request.rawHeaders[index] ?? '',
      request.rawHeaders[index + 1] ?? '',
    );
    if (line !== undefined) lines.push(line);
  }
  const text = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  socket.unshift(Buffer.concat([text, head]));
  server.emit('connection', socket);
}

const upgradeHeaders = new Set(['upgrade', 'http2-settings']);

function headerWithoutUpgrade(name: string, value: string): string | undefined {
  const lowerName = name.toLowerCase();
  if (upgradeHeaders.has(lowerName)) return undefined;
  if (lowerName !== 'connection') return `${name}: ${value}`;
  const options = value.split(',').map((option) => option.trim());
  const kept = options.filter((option) => !upgradeHeaders.has(option.toLowerCase()));
  return kept.length === 0 ? undefined : `${name}: ${kept.join(', ')}`;
}

/** Refuses an upgrade with a status line of its own and closes the connection. */
export function refuseUpgrade(socket: Duplex, status: string): void {
  // Nobody watches this socket any more: a peer that does not close must not keep it open.
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => {
    socket.destroy();
  });
}
