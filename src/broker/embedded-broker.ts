import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { Aedes } from 'aedes';
import type { AedesOptions, Client } from 'aedes';
import { LOGGER } from '../platform/logger.js';
import type { Logger } from '../platform/logger.js';
import { connectionKey } from './device-login.service.js';
import type { LoggedInDevice } from './device-login.service.js';
import { BoundedSessions } from './session-limits.js';
import type { SessionMemory } from './session-limits.js';
import { TopicRights } from './topic-rights.js';

type Handler<Name extends keyof AedesOptions> = NonNullable<AedesOptions[Name]>;

/** Where a refused message goes: nobody may subscribe there, and nothing is kept. */
const sinkTopic = '$SYS/refused';
const nothing = Buffer.alloc(0);
/** A product key, `/`, a device name, perhaps the client id of a unit. Units: characters. */
const maxClientIdLength = 160;

/**
 * The broker inside the service (Aedes) for devices that proved their secret.
 *
 * Shape: MQTT 3.1 and 3.1.1. A device is known to the broker by its connection key, so a newer
 * connection of it ends the older one, whatever client ids firmware makes up. What it may not
 * publish is acknowledged and dropped, what it may not subscribe to is answered 0x80: SDKs reconnect
 * for ever when they are cut off. Nothing is retained; sessions live in memory, within bounds.
 */
@Injectable()
export class EmbeddedBroker implements OnModuleInit {
  readonly #devices = new WeakMap<Duplex, LoggedInDevice>();
  readonly #sessions = new BoundedSessions();
  #aedes: Aedes | undefined;

  constructor(
    private readonly rights: TopicRights,
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
    this.#sessions.bound(memoryOf(aedes));
    const events: EventEmitter = aedes;
    events.on('error', (error: unknown) => {
      this.log.error({ err: error }, 'broker.failed');
    });
    this.#aedes = aedes;
  }

  /** Takes the connection of a device that proved its secret; its CONNECT is still to be read. */
  take(stream: Duplex, device: LoggedInDevice): void {
    if (!this.#aedes || this.#aedes.closed) {
      stream.destroy();
      return;
    }
    this.#devices.set(stream, device);
    this.#aedes.handle(stream);
  }

  /** The devices that are connected now. */
  connected(): LoggedInDevice[] {
    const clients = this.#aedes ? Object.values(clientsOf(this.#aedes)) : [];
    return clients.flatMap((client) => (client && this.#deviceOf(client)) ?? []);
  }

  /** Ends the connections of one device, if it has any here. */
  cut({ productKey, deviceName }: LoggedInDevice): void {
    for (const client of this.#aedes ? Object.values(clientsOf(this.#aedes)) : []) {
      const device = client && this.#deviceOf(client);
      if (device?.productKey === productKey && device.deviceName === deviceName) client?.close();
    }
  }

  /** Ends all connections of devices. */
  async stop(): Promise<void> {
    const aedes = this.#aedes;
    if (!aedes || aedes.closed) return;
    await new Promise<void>((resolve) => {
      aedes.close(resolve);
    });
  }

  readonly #preConnect: Handler<'preConnect'> = (client, packet, done) => {
    const device = this.#deviceOf(client);
    if (!device) {
      done(new Error('a connection that did not come by the front door'), false);
      return;
    }
    packet.clientId = connectionKey(device);
    if (packet.clean) this.#sessions.forget(packet.clientId);
    else packet.clean = !this.#sessions.mayKeep(packet.clientId);
    if (packet.will) {
      packet.will.retain = false;
      if (!this.rights.allows(device, 'will', packet.will.topic)) delete packet.will;
    }
    done(null, true);
  };

  /** The front door has checked the signature before it let the connection in. */
  readonly #authenticate: Handler<'authenticate'> = (client, _username, _password, done) => {
    done(null, this.#deviceOf(client) !== undefined);
  };

  /** An error would close the connection, so what is refused is acknowledged and goes nowhere. */
  readonly #authorizePublish: Handler<'authorizePublish'> = (client, packet, done) => {
    packet.retain = false;
    const device = client && this.#deviceOf(client);
    if (!device || !this.rights.allows(device, 'publish', packet.topic)) {
      packet.topic = sinkTopic;
      packet.payload = nothing;
    }
    done(null);
  };

  /** `null` is answered 0x80 [MQTT-3.9.3-2]. */
  readonly #authorizeSubscribe: Handler<'authorizeSubscribe'> = (client, wish, done) => {
    const device = this.#deviceOf(client);
    done(null, device && this.rights.allows(device, 'subscribe', wish.topic) ? wish : null);
  };

  /** Rights may have changed since the device subscribed. */
  readonly #authorizeForward: Handler<'authorizeForward'> = (client, packet) => {
    const device = this.#deviceOf(client);
    return device && this.rights.mayHear(device, packet.topic) ? packet : null;
  };

  #deviceOf(client: Client): LoggedInDevice | undefined {
    return this.#devices.get(client.conn);
  }
}

/** The connections of the broker by client id, which its types do not show. */
function clientsOf(aedes: Aedes): Readonly<Partial<Record<string, Client>>> {
  return (aedes as Aedes & { readonly clients: Readonly<Partial<Record<string, Client>>> }).clients;
}

/** The memory of the broker, which its types do not show. */
function memoryOf(aedes: Aedes): SessionMemory {
  return (aedes as Aedes & { readonly persistence: SessionMemory }).persistence;
}
