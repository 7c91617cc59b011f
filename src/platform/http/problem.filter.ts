import { Catch, HttpException, Inject } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../../core/errors.js';
import type { ErrorCode } from '../../core/errors.js';
import { databaseError, isTransient, sqlStateOf } from '../database/pg-errors.js';
import { LOGGER } from '../logger.js';
import type { Logger } from '../logger.js';
import { ErrorEdges } from './error-edges.js';
import { toProblem } from './problem.js';
import type { Problem } from './problem.js';
import { routePath } from './route-path.js';

const fastifyCodes: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'request.malformed',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'request.malformed',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'request.malformed',
  FST_ERR_BAD_URL: 'request.malformed',
  FST_ERR_MAX_PARAM_LENGTH: 'route.unknown',
  FST_ERR_CTP_BODY_TOO_LARGE: 'request.too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'request.media_type',
};

const httpCodes: Readonly<Record<number, ErrorCode>> = {
  400: 'request.malformed',
  404: 'route.unknown',
  413: 'request.too_large',
  415: 'request.media_type',
};

/** Gives an error of any origin its code of the catalogue. */
export function asDomainError(error: unknown): unknown {
  if (error instanceof DomainError) return error;
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown };
  const byFastify = typeof code === 'string' ? fastifyCodes[code] : undefined;
  const status = error instanceof HttpException ? error.getStatus() : statusCode;
  const known = byFastify ?? (typeof status === 'number' ? httpCodes[status] : undefined);
  if (known) return new DomainError(known, '', {}, { cause: error });
  return databaseError(error) ?? collision(error) ?? unstorable(error) ?? error;
}

/** Two deeds met, and this one gave way: it has changed nothing and may hold when it comes again. */
function collision(error: unknown): DomainError | undefined {
  if (!isTransient(error)) return undefined;
  return new DomainError('service.overloaded', 'Others did the same.', {}, { cause: error });
}

/** Only a caller sends NUL: PostgreSQL takes it neither in a text nor in a JSON document. */
function unstorable(error: unknown): DomainError | undefined {
  if (!['22021', '22P05'].includes(sqlStateOf(error) ?? '')) return undefined;
  return new DomainError('request.invalid', 'A text holds NUL.', {}, { cause: error });
}

/** Answers errors of Fastify that arise before its hooks, such as a path that is no UTF-8. */
export function answerFrameworkError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  sendProblem(reply, toProblem(asDomainError(error), request.url.split('?')[0] ?? ''));
}

function sendProblem(reply: FastifyReply, problem: Problem): void {
  if (problem.retryAfterMs !== undefined) {
    reply.header('Retry-After', Math.ceil(problem.retryAfterMs / 1000));
  }
  reply.code(problem.status).header('Content-Type', 'application/problem+json');
  reply.serializer((body: unknown) => JSON.stringify(body)).send(problem);
}

/** Answers every error of the application: problem+json, or the language of the path. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly edges: ErrorEdges,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const error = asDomainError(thrown);
    const [path = ''] = request.url.split('?');
    const problem = toProblem(error, path);
    if (problem.status >= 500) {
      this.log.error({ err: error, requestId: request.id, path }, 'request.failed');
    }
    const edge = this.edges.find(routePath(request));
    if (edge) {
      edge.render(error, request, reply);
      return;
    }
    sendProblem(reply, problem);
  }
}
