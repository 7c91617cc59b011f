import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { DomainError } from '../../core/errors.js';
import type { ErrorEdges } from './error-edges.js';
import { toProblem } from './problem.js';

/** What Node's HTTP parser tells of bytes it could not read. */
export interface ParserError {
  readonly code?: string;
  readonly rawPacket?: unknown;
}

/** Source: Node.js, http, event `clientError`. The rest is 400. */
const statuses: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};
/** Units: bytes; where a request line that names one of our paths has ended. */
const maxLineBytes = 256;

/**
 * Answers bytes that are no HTTP request, and closes the connection.
 *
 * Shape: in the words of the path that the request line names, if it came in the same piece;
 * firmware gives up for good on a status that it does not know.
 */
export function answerUnreadable(error: ParserError, socket: Socket, edges: ErrorEdges): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const path = pathOf(error.rawPacket);
  const edge = edges.find(path);
  const status = edge ? 200 : (statuses[error.code ?? ''] ?? 400);
  const type = edge ? 'application/json; charset=utf-8' : 'application/problem+json';
  const problem = { ...toProblem(new DomainError('request.malformed', ''), path), status };
  const body = JSON.stringify(edge ? edge.unreadable(socket.remoteAddress ?? '') : problem);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    `Content-Type: ${type}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  // Nobody watches this socket any more: a peer that does not close must not keep it open.
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => {
    socket.destroy();
  });
}

function pathOf(bytes: unknown): string {
  const line = bytes instanceof Buffer ? bytes.toString('latin1', 0, maxLineBytes) : '';
  return /^POST (\/[\w/.-]*)[ ?]/.exec(line)?.[1] ?? '';
}
