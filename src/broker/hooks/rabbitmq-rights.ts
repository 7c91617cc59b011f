import { Injectable } from '@nestjs/common';
import { isTopicAllowed } from '../../core/topics.js';
import { ProductDirectory } from '../../products/product-directory.js';
import { claimedDevice } from '../connections.js';
import type { LoggedInDevice } from '../device-login.service.js';
import { TopicRights } from '../topic-rights.js';
import type { Fields } from './fields.js';
import { KnownDevices } from './known-devices.js';
import { shorterNames, topicOf } from './routing-key.js';

/** Where the MQTT plugin of RabbitMQ publishes to and binds, unless its `mqtt.exchange` says otherwise. */
const exchange = 'amq.topic';

/**
 * What a device that RabbitMQ has let in may touch there, answered from memory.
 *
 * Shape: RabbitMQ asks about its own things behind MQTT: the queue of a session, the exchange, and
 * the routing key that a topic becomes.
 */
@Injectable()
export class RabbitmqRights {
  constructor(
    private readonly known: KnownDevices,
    private readonly topics: TopicRights,
    private readonly products: ProductDirectory,
  ) {}

  /** The virtual host is RabbitMQ's own choice (`mqtt.vhost`), never one of a device. */
  async allowsVhost(form: Fields): Promise<boolean> {
    return (await this.#device(form, form['client_id'])) !== undefined;
  }

  /** A device has its own queues and one exchange, which it never changes. */
  async allowsResource(form: Fields): Promise<boolean> {
    const { resource, name, permission, client_id: clientId } = form;
    if (!(await this.#device(form, clientId)) || clientId === undefined) return false;
    if (resource === 'exchange') return name === exchange && permission !== 'configure';
    return resource === 'queue' && queuesOf(clientId).includes(name ?? '');
  }

  async allowsTopic(form: Fields): Promise<boolean> {
    const { name, permission, routing_key: routingKey } = form;
    const device = await this.#device(form, form['variable_map.client_id']);
    if (!device || name !== exchange || routingKey === undefined) return false;
    const action = permission === 'write' ? 'publish' : 'subscribe';
    if (this.#isOfShorterName(device, routingKey)) return false;
    return this.topics.allows(device, action, topicOf(routingKey, device));
  }

  /** A key that two devices could mean belongs to the one with the shorter name. */
  #isOfShorterName(device: LoggedInDevice, routingKey: string): boolean {
    const classes = this.products.find(device.productKey)?.topics ?? [];
    return shorterNames(device).some((shorter) =>
      (['publish', 'subscribe'] as const).some((action) =>
        isTopicAllowed({ ...shorter, classes }, action, topicOf(routingKey, shorter)),
      ),
    );
  }

  async #device(form: Fields, clientId: string | undefined): Promise<LoggedInDevice | undefined> {
    if (clientId === undefined) return undefined;
    const device = claimedDevice({ clientId, username: form['username'] });
    return device && (await this.known.has(device)) ? device : undefined;
  }
}

/** Source: RabbitMQ 3.10.8, rabbit_mqtt_util; `mqtt-will-` since 4.0. */
function queuesOf(clientId: string): readonly string[] {
  const subscription = `mqtt-subscription-${clientId}qos`;
  return [`${subscription}0`, `${subscription}1`, `mqtt-will-${clientId}`];
}
