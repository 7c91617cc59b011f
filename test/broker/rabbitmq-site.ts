import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import type { MqttClient } from 'mqtt';
import { onTestFinished } from 'vitest';
import { makeAuthority } from '../../src/platform/tls/authority.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { issueClientCertificate } from './client-certificate.js';
import { RabbitmqNode } from './rabbitmq-node.js';

const loopback = '127.0.0.1';
/** An address of this machine that counts as another one, if it has one. */
const outerAddress =
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? loopback;

/** A user of RabbitMQ that is no device. */
const account = { username: 'site', password: 'a-password-of-the-test' };

/** A site that has a RabbitMQ of its own behind the front door. */
export class RabbitmqSite {
  private constructor(
    readonly service: TestService,
    readonly node: RabbitmqNode,
    private readonly folder: string,
  ) {}

  /** Starts the service and prepares RabbitMQ, which does not run yet. */
  static async prepare(): Promise<RabbitmqSite> {
    const folder = await mkdtemp(join(tmpdir(), 'triplemint-site-'));
    const node = await RabbitmqNode.prepare();
    const authority = await makeAuthority(new Date());
    await writeFile(join(folder, 'ca.crt'), authority.certificate);
    const { cert, key } = await issueClientCertificate(authority);
    await writeFile(join(node.folder, 'hooks.crt'), cert);
    await writeFile(join(node.folder, 'hooks.key'), key);
    const service = await startTestService({
      BIND: '0.0.0.0',
      BROKER_URL: `mqtt://${account.username}:${account.password}@127.0.0.1:${node.mqttPort}`,
      TLS_CLIENT_CA_FILE: join(folder, 'ca.crt'),
    });
    const ca = await readFile(service.service.urls.ca ?? '');
    await writeFile(join(node.folder, 'triplemint-ca.crt'), ca);
    await node.substitute({
      'http://127.0.0.1:8080': `http://127.0.0.1:${service.service.ports.httpPort}`,
      'triplemint.example': 'localhost',
      '"users": []': `"users": [${JSON.stringify(userOfRabbit())}]`,
      '"permissions": []': `"permissions": [${JSON.stringify(permissions)}]`,
    });
    return new RabbitmqSite(service, node, folder);
  }

  /** A program of the site, at the broker itself; it leaves when the test is over. */
  async program(): Promise<MqttClient> {
    const client = await connectAsync(this.brokerUrl, { ...account, reconnectPeriod: 0 });
    onTestFinished(async () => {
      await client.endAsync(true);
    });
    return client;
  }

  /** Where RabbitMQ itself listens, past the front door. */
  get brokerUrl(): string {
    return `mqtt://127.0.0.1:${this.node.mqttPort}`;
  }

  /** Whether RabbitMQ can ask the hooks from an address that is not this machine's own. */
  get isElsewhere(): boolean {
    return outerAddress !== loopback;
  }

  /** From now on RabbitMQ asks the hooks over TLS, as from another machine; `options` as in Erlang. */
  async askOverTls(options: 'all' | 'no certificate'): Promise<void> {
    const config = join(this.node.folder, 'advanced-mtls.config');
    const { tlsPort } = this.service.service.ports;
    const paths = ['user', 'vhost', 'resource', 'topic'].map((name) => {
      const url = `https://${outerAddress}:${tlsPort}/hooks/rabbitmq/${name}`;
      return `application:set_env(rabbitmq_auth_backend_http, ${name}_path, "${url}")`;
    });
    const shown = options === 'all' ? 'O' : 'proplists:delete(certfile, O)';
    await this.node.eval(
      `inets:stop(), inets:start(), % connections that are kept open have their own options
       {ok, [C]} = file:consult("${config}"),
       O = proplists:get_value(ssl_options, proplists:get_value(rabbitmq_auth_backend_http, C)),
       application:set_env(rabbitmq_auth_backend_http, ssl_options, ${shown}), ${paths.join(', ')}.`,
    );
  }

  async stop(): Promise<void> {
    await Promise.all([this.service.stop(), this.node.stop()]);
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Source: RabbitMQ, passwords: salt, then SHA-256 of salt and password, in base64. */
function userOfRabbit(): object {
  const salt = Buffer.from('salt');
  const digest = createHash('sha256').update(salt).update(account.password).digest();
  return {
    name: account.username,
    password_hash: Buffer.concat([salt, digest]).toString('base64'),
    hashing_algorithm: 'rabbit_password_hashing_sha256',
    tags: [],
  };
}

const permissions = {
  user: account.username,
  vhost: '/',
  configure: '.*',
  write: '.*',
  read: '.*',
};
