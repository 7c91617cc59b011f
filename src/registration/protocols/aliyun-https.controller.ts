import { Controller } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { StrangerCounter } from '../../audit/stranger-counter.js';
import { plainAddress } from '../../core/address.js';
import { DomainError } from '../../core/errors.js';
import { ErrorEdges } from '../../platform/http/error-edges.js';
import { toProblem } from '../../platform/http/problem.js';
import { RegistrationService } from '../registration.service.js';
import { envelopeOf, envelopeOfError, malformed } from './aliyun-https-envelope.js';
import type { AliyunEnvelope } from './aliyun-https-envelope.js';

const path = '/auth/register/device';

/** Units: bytes. A registration has about 150; strangers get no more memory than this. */
const bodyLimit = 8192;

const formType = 'application/x-www-form-urlencoded';

/**
 * Answers modules that register over HTTPS.
 *
 * Shape: a form in, compact JSON out with `Content-Length`, always with status 200: C SDK 4.x takes
 * any other status, 201 included, for a broken connection. A plain route of Fastify: guards, pipes
 * and interceptors have nothing to do here and cost a tenth of the work of a registration.
 * Source: Alibaba Cloud IoT, HTTPS dynamic registration; C SDKs 3.0.1, 3.2.0, 4.2.0 and the npm SDK
 * 1.2.8, observed.
 */
@Controller()
export class AliyunHttpsController {
  constructor(
    private readonly registration: RegistrationService,
    private readonly strangers: StrangerCounter,
    edges: ErrorEdges,
    host: HttpAdapterHost,
  ) {
    edges.register(
      path,
      (error, request, reply) => {
        this.#answerError(error, request, reply);
      },
      (remoteAddress) => {
        strangers.count(plainAddress(remoteAddress), '');
        return malformed;
      },
    );
    const fastify = host.httpAdapter.getInstance<FastifyInstance>();
    fastify.post(path, { bodyLimit }, (request) => this.#register(request));
  }

  async #register(request: FastifyRequest): Promise<AliyunEnvelope> {
    const form = formOf(request);
    const field = (name: string): string | undefined => textField(form, name);
    const result = await this.registration.register({
      protocol: 'aliyun-https',
      wants: 'secret',
      productKey: field('productKey'),
      deviceName: field('deviceName'),
      random: field('random'),
      sign: field('sign'),
      signMethod: field('signMethod'),
      address: plainAddress(request.ip),
      isEncrypted: request.protocol === 'https',
    });
    return envelopeOf(result);
  }

  #answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const envelope = envelopeOfError(error);
    if (error instanceof DomainError && error.code === 'route.unknown') {
      // Another method than POST is no registration at all, and no secret of this path.
      reply.code(404).header('Content-Type', 'application/problem+json');
      reply.serializer((body: unknown) => JSON.stringify(body)).send(toProblem(error, path));
      return;
    }
    if (envelope.code === 460) this.strangers.count(plainAddress(request.ip), '');
    reply.code(200).send(envelope);
  }
}

/** The fields of a form; a body of another type has none. */
function formOf({ headers, body }: FastifyRequest): Readonly<Record<string, unknown>> {
  const isForm = headers['content-type']?.toLowerCase().startsWith(formType) ?? false;
  if (!isForm || typeof body !== 'object' || body === null) return {};
  return body as Readonly<Record<string, unknown>>;
}

/** A field that was sent once; one sent twice is a list and counts as missing. */
function textField(form: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = form[name];
  return typeof value === 'string' ? value : undefined;
}
