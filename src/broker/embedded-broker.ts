import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { Aedes } from 'aedes';
import type { AedesOptions, Client } from 'aedes';
import { parseClientId } from '../core/client-id.js';
import { isCustomTopic } from '../core/topics.js';
import { Presence } from '../devices/presence.js';
import { LOGGER } from '../platform/logger.js';
import type { Logger } from '../platform/logger.js';
import { BrokerSession, sessionWish } from './broker-session.js';
import type { Connections } from './connections.js';
import { connectionKey } from './device-login.service.js';
import type { LoggedInDevice } from './device-login.service.js';
import { DeviceMap } from './device-map.js';
import type { DeviceNames } from './device-map.js';
import type { Delivery, DownMessage, Downlink } from './downlink.js';
import { limitPackets, maxMessageBytes } from './packet-limit.js';
import { BoundedSessions } from './session-limits.js';
import type { SessionMemory } from './session-limits.js';
import { TopicRights } from './topic-rights.js';

type Handler<Name extends keyof AedesOptions> = NonNullable<AedesOptions[Name]>;

/** Where a message goes that no device may hear: nobody may subscribe there, and nothing is kept. */
const sinkTopic = '$SYS/refused';
const nothing = Buffer.alloc(0);
/** A product key, `/`, a device name, perhaps the client id of a unit. Units: characters. */
const maxClientIdLength = 160;
/** Source: C Link SDK 4.1: what is more is taken as this. Units: seconds. */
const maxKeepAliveSeconds = 1200;

/**
 * The broker inside the service (Aedes) for devices that proved their secret.
 *
 * Shape: MQTT 3.1 and 3.1.1. A device is known to the broker by its connection key, so a newer
 * connection of it ends the older one, whatever client ids firmware makes up. What it may not
 * publish is acknowledged and dropped, what it may not subscribe to is answered 0x80: SDKs reconnect
 * for ever when they are cut off. What it publishes on system topics is for the platform: it comes
 * back to no device, not even through a filter such as `thing/service/+`. Nothing is retained;
 * sessions live in memory, within bounds.
 */
@Injectable()
export class EmbeddedBroker implements OnModuleInit, Connections, Downlink {
  readonly #sessions = new WeakMap<Duplex, BrokerSession>();
  readonly #connected = new DeviceMap<BrokerSession>();
  readonly #kept = new BoundedSessions();
  #aedes: Aedes | undefined;

  constructor(
    private readonly rights: TopicRights,
    private readonly presence: Presence,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  async onModuleInit(): Promise<void> {
    const aedes = await Aedes.createBroker({
      maxClientsIdLength: maxClientIdLength,
      preConnect: this.#preConnect,
      authenticate: this.#authenticate,
      authorizePublish: this.#authorizePublish,
      authorizeSubscribe: this.#authorizeSubscribe,
      authorizeForward: this.#authorizeForward,
    });
    this.#kept.bound(memoryOf(aedes), (client, filter) => {
      return this.#sessionOf(client)?.isSubscribedTo(filter) ?? false;
    });
    const events: EventEmitter = aedes;
    events.on('error', (error: unknown) => {
      this.log.error({ err: error }, 'broker.failed');
    });
    aedes.on('client', (client) => {
      this.#enter(client);
    });
    aedes.on('unsubscribe', (filters, client) => {
      this.#sessionOf(client)?.unsubscribe(filters);
    });
    this.#aedes = aedes;
  }

  /** Takes the connection of a device that proved its secret; its CONNECT is still to be read. */
  take(stream: Duplex, device: LoggedInDevice, address: string): void {
    if (!this.#aedes || this.#aedes.closed) {
      stream.destroy();
      return;
    }
    this.#sessions.set(stream, new BrokerSession(device, address));
    this.#aedes.handle(stream);
    limitPackets(stream);
  }

  /** The devices that are connected now; those of a name, if one is given. */
  connected(names?: DeviceNames): LoggedInDevice[] {
    return this.#connected.values(names).map(({ device }) => device);
  }

  cut(device: LoggedInDevice): void {
    this.#connected.get(device)?.client?.close();
  }

  reaches(device: DeviceNames): boolean {
    return this.#connected.values(device).length > 0;
  }

  /** Sends to every unit of the name that hears the topic. */
  publish(device: DeviceNames, message: DownMessage): Promise<Delivery> {
    const sessions = this.#connected.values(device);
    let delivery: Delivery = sessions.length > 0 ? 'not_subscribed' : 'not_here';
    for (const session of sessions) {
      const granted = session.hears(message.topic);
      if (granted === undefined) continue;
      this.#send(session, granted, message);
      delivery = 'sent';
    }
    return Promise.resolve(delivery);
  }

  /** Ends all connections of devices. */
  async stop(): Promise<void> {
    const aedes = this.#aedes;
    if (!aedes || aedes.closed) return;
    for (const session of this.#connected.values()) session.client?.close();
    await new Promise<void>((resolve) => {
      aedes.close(resolve);
    });
  }

  readonly #preConnect: Handler<'preConnect'> = (client, packet, done) => {
    const session = this.#sessionOf(client);
    if (!session) {
      done(new Error('a connection that did not come by the front door'), false);
      return;
    }
    session.begin(client, sessionWish(parseClientId(packet.clientId)?.params));
    packet.clientId = connectionKey(session.device);
    packet.keepalive = Math.min(packet.keepalive ?? 0, maxKeepAliveSeconds);
    if (packet.clean) this.#kept.forget(packet.clientId);
    else packet.clean = !this.#kept.mayKeep(packet.clientId);
    if (packet.will) {
      packet.will.retain = false;
      if (!this.rights.allows(session.device, 'will', packet.will.topic)) delete packet.will;
    }
    done(null, true);
  };

  /** The front door has checked the signature before it let the connection in. */
  readonly #authenticate: Handler<'authenticate'> = (client, _username, _password, done) => {
    done(null, this.#sessionOf(client) !== undefined);
  };

  /** An error closes the connection, so what is refused is acknowledged and goes nowhere. */
  readonly #authorizePublish: Handler<'authorizePublish'> = (client, packet, done) => {
    if (packet.payload.length > maxMessageBytes) {
      done(new Error('a message beyond the limit'));
      return;
    }
    packet.retain = false;
    const device = client && this.#sessionOf(client)?.device;
    const isAllowed = device && this.rights.allows(device, 'publish', packet.topic);
    if (!isAllowed || !isCustomTopic(device, packet.topic)) {
      packet.topic = sinkTopic;
      packet.payload = nothing;
    }
    done(null);
  };

  /** `null` is answered 0x80 [MQTT-3.9.3-2]. */
  readonly #authorizeSubscribe: Handler<'authorizeSubscribe'> = (client, wish, done) => {
    const session = this.#sessionOf(client);
    const isGranted =
      session &&
      this.rights.allows(session.device, 'subscribe', wish.topic) &&
      session.subscribe(wish.topic);
    done(null, isGranted ? wish : null);
  };

  /** Rights may have changed since the device subscribed. */
  readonly #authorizeForward: Handler<'authorizeForward'> = (client, packet) => {
    const device = this.#sessionOf(client)?.device;
    return device && this.rights.mayHear(device, packet.topic) ? packet : null;
  };

  /**
   * Notes who is connected.
   *
   * Shape: the broker's own list loses the newer of two connections when the older one was closing
   * already: a list of ours can still end them both.
   */
  #enter(client: Client): void {
    const session = this.#sessionOf(client);
    if (!session) return;
    const { device, address } = session;
    this.#connected.set(device, session)?.client?.close();
    const leave = this.presence.online(device, address);
    whenClosed(client.conn, () => {
      leave();
      if (this.#connected.get(device) === session) this.#connected.delete(device);
    });
  }

  #send({ client, device }: BrokerSession, granted: 0 | 1, message: DownMessage): void {
    if (!client) return;
    const { topic, payload } = message;
    const mayWait = client.clean || !this.#kept.isFull(connectionKey(device));
    const qos = mayWait && granted === 1 ? message.qos : 0;
    client.publish({ cmd: 'publish', topic, payload, qos, dup: false, retain: false }, (error) => {
      if (error) this.log.warn({ err: error }, 'broker.not_sent');
    });
  }

  #sessionOf(client: Client): BrokerSession | undefined {
    return this.#sessions.get(client.conn);
  }
}

function whenClosed(stream: Duplex, done: () => void): void {
  if (stream.closed) setImmediate(done);
  else stream.once('close', done);
}

/** The memory of the broker, which its types do not show. */
function memoryOf(aedes: Aedes): SessionMemory<Client> {
  return (aedes as Aedes & { readonly persistence: SessionMemory<Client> }).persistence;
}
