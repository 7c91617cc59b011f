import type { FastifyInstance } from 'fastify';
import { DomainError } from '../../core/errors.js';
import { routePath } from './route-path.js';

/** Refuses forms on the API: curl sends one when the content type is forgotten. */
export function refuseForms(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    const type = request.headers['content-type'] ?? '';
    const isForm = type.toLowerCase().startsWith('application/x-www-form-urlencoded');
    const isRefused = isForm && routePath(request).startsWith('/api');
    done(isRefused ? new DomainError('request.media_type', '') : undefined);
  });
}
