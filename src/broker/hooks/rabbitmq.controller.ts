import { Controller } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { brokersOnly } from './brokers-only.js';
import { textFields } from './fields.js';
import type { Fields } from './fields.js';
import { HookService } from './hook.service.js';
import { RabbitmqRights } from './rabbitmq-rights.js';

/** Units: bytes. The client id of 8 KiB at most comes three times, with up to three bytes for each. */
const bodyLimit = 98_304;

/**
 * Answers `rabbitmq_auth_backend_http`: who may log in, and what it may touch.
 *
 * Shape: a form in, `allow` or `deny` out, never with tags: a tag would make a device an
 * administrator of the broker. Another status than 200 is a refusal to RabbitMQ.
 * Source: RabbitMQ 3.10, README of rabbitmq_auth_backend_http; observed with 3.10.8.
 */
@Controller()
export class RabbitmqController {
  constructor(
    private readonly hooks: HookService,
    private readonly rights: RabbitmqRights,
    host: HttpAdapterHost,
  ) {
    const fastify = host.httpAdapter.getInstance<FastifyInstance>();
    const answer = (name: string, decide: (form: Fields) => Promise<boolean>): void => {
      fastify.post(
        `/hooks/rabbitmq/${name}`,
        { bodyLimit, onRequest: brokersOnly },
        async (request: FastifyRequest, reply: FastifyReply) => {
          const isAllowed = await decide(textFields(request.body));
          return await reply.type('text/plain').send(isAllowed ? 'allow' : 'deny');
        },
      );
    };
    answer('user', (form) => this.#logsIn(form));
    answer('vhost', (form) => this.rights.allowsVhost(form));
    answer('resource', (form) => this.rights.allowsResource(form));
    answer('topic', (form) => this.rights.allowsTopic(form));
  }

  async #logsIn(form: Fields): Promise<boolean> {
    const { client_id: clientId, username, password } = form;
    // Other protocols of RabbitMQ send no client id: a device has no business there. None says from
    // where the connection comes.
    if (clientId === undefined) return false;
    return (await this.hooks.logIn({ clientId, username, password }, '')) !== undefined;
  }
}
