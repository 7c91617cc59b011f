import { isIP } from 'node:net';
import { Controller } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { topicRights } from '../../core/topics.js';
import { ProductDirectory } from '../../products/product-directory.js';
import { claimedDevice } from '../connections.js';
import type { LoggedInDevice } from '../device-login.service.js';
import { TopicRights } from '../topic-rights.js';
import { brokersOnly } from './brokers-only.js';
import { textFields } from './fields.js';
import type { Fields } from './fields.js';
import { HookService } from './hook.service.js';
import { KnownDevices } from './known-devices.js';

/** Units: bytes. */
const bodyLimit = 65_536;

/** One line of the list that EMQX keeps with a connection. */
interface AclRule {
  readonly permission: 'allow' | 'deny';
  readonly action: 'publish' | 'subscribe' | 'all';
  readonly topic: string;
}

type Answer =
  | { readonly result: 'allow' | 'deny' }
  | {
      readonly result: 'allow';
      readonly is_superuser: false;
      readonly acl: readonly AclRule[];
    };

const denied: Answer = { result: 'deny' };
/** What is not allowed is denied, whatever else EMQX is told; `#` does not cover `$…`, we are asked. */
const nothingElse: AclRule = { permission: 'deny', action: 'all', topic: '#' };

/**
 * Answers EMQX 5: who may log in, with all its rights in the answer, and what is left to ask.
 *
 * Shape: JSON as `deploy/emqx/emqx.conf` sends it, always status 200: another one means "ask the
 * next" to EMQX. Units: one call per CONNECT, none per SUBSCRIBE or PUBLISH.
 * Source: EMQX 5.8, HTTP authentication, access control list, HTTP authorization (read, not run).
 */
@Controller()
export class EmqxController {
  constructor(
    private readonly hooks: HookService,
    private readonly known: KnownDevices,
    private readonly topics: TopicRights,
    private readonly products: ProductDirectory,
    host: HttpAdapterHost,
  ) {
    const fastify = host.httpAdapter.getInstance<FastifyInstance>();
    const answer = (name: string, decide: (fields: Fields) => Promise<Answer>): void => {
      const options = { bodyLimit, onRequest: brokersOnly };
      fastify.post(`/hooks/emqx/${name}`, options, ({ body }) => decide(textFields(body)));
    };
    answer('authenticate', (fields) => this.#authenticate(fields));
    answer('authorize', (fields) => this.#authorize(fields));
  }

  async #authenticate(fields: Fields): Promise<Answer> {
    const { clientid: clientId, username, password, peerhost = '' } = fields;
    if (clientId === undefined) return denied;
    const login = { clientId, username, password };
    const device = await this.hooks.logIn(login, isIP(peerhost) ? peerhost : '');
    if (!device) return denied;
    return { result: 'allow', is_superuser: false, acl: this.#rules(device) };
  }

  #rules(device: LoggedInDevice): AclRule[] {
    const classes = this.products.find(device.productKey)?.topics ?? [];
    const allowed = topicRights({ ...device, classes }).map(({ action, filter }) => {
      return { permission: 'allow', action, topic: filter } as const;
    });
    return [...allowed, nothingElse];
  }

  async #authorize(fields: Fields): Promise<Answer> {
    const { clientid: clientId, username, action, topic } = fields;
    if (clientId === undefined || topic === undefined) return denied;
    if (action !== 'publish' && action !== 'subscribe') return denied;
    const device = claimedDevice({ clientId, username });
    if (!device || !(await this.known.has(device))) return denied;
    return this.topics.allows(device, action, topic) ? { result: 'allow' } : denied;
  }
}
