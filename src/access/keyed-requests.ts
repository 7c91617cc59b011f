import { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { DomainError } from '../core/errors.js';
import { answerFrameworkError } from '../platform/http/problem.filter.js';
import { routePath } from '../platform/http/route-path.js';
import { fingerprint } from '../platform/idempotency/fingerprint.js';
import { holdReply } from '../platform/idempotency/held-reply.js';
import { idempotencyKey, withoutRequestId } from '../platform/idempotency/idempotency-key.js';
import { Idempotency } from '../platform/idempotency/idempotency.service.js';
import type { Answer } from '../platform/idempotency/idempotency.service.js';
import type { KeyedRequest } from '../platform/idempotency/idempotency.store.js';
import { LOGGER } from '../platform/logger.js';
import type { Logger } from '../platform/logger.js';
import { identify } from './access.guard.js';
import { AccessService } from './access.service.js';

type Handler = RouteOptions['handler'];

const json = 'application/json; charset=utf-8';
const changing: readonly string[] = ['POST', 'PUT', 'PATCH', 'DELETE'];

/** What a handler would have answered when it refused; nothing of it is kept. */
class Refused extends Error {
  constructor(readonly payload: unknown) {
    super('the request was refused');
  }
}

/**
 * Lets every request that changes something carry an idempotency key.
 *
 * Shape: it works at the edge, around guard, pipes and handler of Nest; the answer of the handler is
 * held back until the commit. A request without a key goes by: an interceptor would cost all of them.
 */
@Injectable()
export class KeyedRequests {
  constructor(
    private readonly access: AccessService,
    private readonly idempotency: Idempotency,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** Takes the keys of all routes under `/api/v1` that are made from now on. */
  follow(fastify: FastifyInstance): void {
    fastify.addHook('onRoute', (route) => {
      const methods = [route.method].flat();
      const isChanging = methods.every((method) => changing.includes(method));
      if (isChanging && route.url.startsWith('/api/v1/'))
        route.handler = this.#around(route.handler);
    });
  }

  #around(handle: Handler): Handler {
    const answer = this.#answer.bind(this);
    return function (this: FastifyInstance, request, reply) {
      const work = (): unknown => handle.call(this, request, reply);
      return mayHaveKey(request) ? answer(request, reply, work) : work();
    };
  }

  async #answer(
    request: FastifyRequest,
    reply: FastifyReply,
    handle: () => unknown,
  ): Promise<unknown> {
    let payload: unknown;
    try {
      const { principal } = await identify(this.access, request);
      const asked = keyedRequest(principal.keyId, request);
      if (!asked) return await handle();
      const given = await this.idempotency.once(asked, () => work(reply, handle));
      void reply.code(given.status);
      if (given.isReplayed) void reply.header('Idempotent-Replayed', 'true');
      if (given.body !== null) void reply.type(json);
      payload = given.body ?? undefined;
    } catch (error) {
      if (!(error instanceof Refused)) return this.#refuse(error, request, reply);
      ({ payload } = error);
    }
    return reply.send(payload);
  }

  #refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    answerFrameworkError(error, request, reply);
    if (reply.statusCode >= 500) {
      this.log.error({ err: error, requestId: request.id }, 'request.failed');
    }
    return reply;
  }
}

function mayHaveKey({ headers, body }: FastifyRequest): boolean {
  if (headers['idempotency-key'] !== undefined) return true;
  return typeof body === 'object' && body !== null && 'requestId' in body;
}

function keyedRequest(apiKeyId: number, request: FastifyRequest): KeyedRequest | undefined {
  const { body, method, params, query } = request;
  const key = idempotencyKey(request.headers['idempotency-key'], body);
  if (key === undefined) return undefined;
  if (body instanceof Readable) throw new DomainError('idempotency.not_for_files', '');
  const asked = [method, routePath(request), params, query, withoutRequestId(body)];
  return { apiKeyId, key, fingerprint: fingerprint(...asked) };
}

/** Runs the handler; throws to have nothing done when it refuses, or when its answer is a file. */
async function work(reply: FastifyReply, handle: () => unknown): Promise<Answer> {
  const payload = await holdReply(reply, handle);
  const { statusCode: status } = reply;
  if (status >= 400) throw new Refused(payload);
  if (payload === undefined || payload === null) return { status, body: null };
  if (payload instanceof Readable) payload.destroy();
  if (typeof payload !== 'object' || payload instanceof Readable || Buffer.isBuffer(payload)) {
    throw new DomainError('idempotency.not_for_files', '');
  }
  return { status, body: JSON.stringify(payload) };
}
