import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isLoopback } from '../../core/address.js';
import { DomainError } from '../../core/errors.js';

/** What a proxy adds: behind one, everybody seems to come from this machine. */
const forwardingHeaders = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
];

/**
 * Lets only a broker ask: from this machine, or with a client certificate of the set authority.
 *
 * Shape: a hook of Fastify that runs before a body is read. The address is that of the socket, never
 * one that a header names. Errors: `hook.not_from_broker`.
 */
export function brokersOnly(
  request: FastifyRequest,
  _reply: FastifyReply,
  done: (error?: Error) => void,
): void {
  done(isBroker(request.raw) ? undefined : new DomainError('hook.not_from_broker', ''));
}

function isBroker({ socket, headers }: IncomingMessage): boolean {
  if (socket instanceof TLSSocket && hasClientCertificate(socket)) return true;
  const isForwarded = forwardingHeaders.some((name) => headers[name] !== undefined);
  return !isForwarded && isLoopback(socket.remoteAddress ?? '');
}

/** A session of TLS 1.3 that is resumed counts as `authorized` even when no certificate was shown. */
function hasClientCertificate(socket: TLSSocket): boolean {
  return socket.authorized && socket.getPeerX509Certificate() !== undefined;
}
