import { Readable } from 'node:stream';
import { applyDecorators } from '@nestjs/common';
import { RouteConfig, RouteConstraints } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { DomainError } from '../../core/errors.js';

/** Units: bytes of one file; 1,000,000 triples take about 80 MB. */
export const maxCsvBytes = 134_217_728;

const config = { takesCsv: true };
const constraint = 'csvBody';

/** For a route that takes a file as `text/csv`; the handler asks for it with `withCsvBody`. */
export function TakesCsv(): MethodDecorator {
  return RouteConfig(config);
}

/** For a handler that takes the `text/csv` of a path whose JSON another one takes. */
export function TakesCsvBeside(): MethodDecorator {
  return applyDecorators(RouteConfig(config), RouteConstraints({ [constraint]: 'yes' }));
}

/** Lets files through as streams, to the routes that take them and to no other. */
export function takeCsvBodies(fastify: FastifyInstance): void {
  fastify.addConstraintStrategy({
    name: constraint,
    storage: () => {
      const handlers = new Map<unknown, unknown>();
      return {
        get: (key) => (handlers.get(key) ?? null) as never,
        set: (key, handler) => {
          handlers.set(key, handler);
        },
      };
    },
    deriveConstraint: (request) => (isCsv(request.headers['content-type']) ? 'yes' : 'no'),
  });
  fastify.addContentTypeParser('text/csv', (request, body, done) => {
    const { takesCsv } = request.routeOptions.config as { takesCsv?: boolean };
    if (takesCsv !== true) done(new DomainError('request.media_type', ''));
    else if (Number(request.headers['content-length'] ?? 0) > maxCsvBytes) done(tooLarge());
    else done(null, body);
  });
}

/**
 * Gives the file that a request brings to whoever works with it.
 *
 * Shape: when the work fails, the rest of the file is read and dropped before the answer, else who
 * sends it would meet a closed connection instead.
 * Errors: `request.media_type` when it is no `text/csv`; those of the work.
 */
export async function withCsvBody<T>(
  request: FastifyRequest,
  work: (body: Readable) => Promise<T>,
): Promise<T> {
  const { body } = request;
  if (!(body instanceof Readable)) {
    throw new DomainError('request.media_type', 'Send the file as Content-Type: text/csv.');
  }
  try {
    return await work(body);
  } catch (error) {
    await dropRest(body);
    throw error;
  }
}

/** Beyond twice the largest file nobody is listened to any more. */
async function dropRest(body: Readable): Promise<void> {
  let leftBytes = maxCsvBytes;
  try {
    for await (const chunk of body.iterator({ destroyOnReturn: false })) {
      leftBytes -= (chunk as Buffer).length;
      if (leftBytes < 0) return;
    }
  } catch {
    // Nobody is there to read the answer.
  }
}

function isCsv(contentType: string | undefined): boolean {
  return /^\s*text\/csv\s*(;|$)/i.test(contentType ?? '');
}

function tooLarge(): DomainError {
  return new DomainError('csv.too_large', '');
}
