import type { FastifyInstance } from 'fastify';
import { isLoopback } from '../../core/address.js';
import { DomainError } from '../../core/errors.js';
import { routePath } from './route-path.js';

/** Refuses the API over plain HTTP from another machine: keys and secrets would cross the network in clear. */
export function refusePlainHttp(fastify: FastifyInstance, policy: 'loopback' | 'allow'): void {
  if (policy === 'allow') return;
  fastify.addHook('onRequest', (request, _reply, done) => {
    const isRefused =
      routePath(request).startsWith('/api') &&
      request.protocol !== 'https' &&
      !isLoopback(request.ip);
    done(isRefused ? new DomainError('transport.plain_refused', '') : undefined);
  });
}
