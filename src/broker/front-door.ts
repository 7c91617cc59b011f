import { setMaxListeners } from 'node:events';
import type { Duplex } from 'node:stream';
import type { ConnectionContext } from '../platform/listeners/first-byte.js';
import type { Logger } from '../platform/logger.js';
import type { AliyunMqttRegistration } from '../registration/protocols/aliyun-mqtt.js';
import { farewell, levelRefusal, refusal, versionRefusal } from './connack.js';
import type { DeviceLoginService } from './device-login.service.js';
import type { EmbeddedBroker } from './embedded-broker.js';
import { readFirstPacket } from './first-packet.js';
import type { FirstPacket } from './first-packet.js';
import type { OutsideBroker } from './outside-broker.js';
import { grantRegistration } from './registration-talk.js';
import type { TalkTiming } from './registration-talk.js';

/** Who decides on what comes to the front door. */
export interface FrontDoorParts {
  readonly registration: Pick<AliyunMqttRegistration, 'wants' | 'answer'>;
  readonly logins: Pick<DeviceLoginService, 'logIn'>;
  readonly broker: Pick<EmbeddedBroker, 'take'>;
  /** The site's own broker; when it is set, it decides on logins by asking our hooks. */
  readonly outside?: Pick<OutsideBroker, 'isSet' | 'take'>;
  readonly log: Logger;
}

/** How patient the front door is. Units: ms. */
export interface FrontDoorTiming extends TalkTiming {
  readonly firstPacketMs: number;
}

/**
 * How patient the front door is towards real devices. Units: ms.
 *
 * Source: Alibaba closes a registration after 15 s; C Link SDK 3.2 waits 4.6 s for its secret.
 */
export const frontDoorTiming: FrontDoorTiming = {
  firstPacketMs: 10_000,
  publishAfterMs: 60,
  lingerMs: 15_000,
  graceMs: 2000,
};
const maxFirstPacketBytes = 8192;
/** Source: Alibaba Cloud IoT, MQTT over TCP; C Link SDK 4.1: less is refused with 2, 0 included. */
const minKeepAliveSeconds = 30;

/** A connection whose first packet is known. */
interface Visitor extends FirstPacket {
  readonly stream: Duplex;
  readonly context: ConnectionContext;
}

/**
 * Reads the first packet of every MQTT connection: a registration is answered here, a device that
 * proved its secret is handed to the broker, everything else ends here. A site's own broker gets
 * everything that is no registration, MQTT 5 included.
 *
 * Whatever one connection sends touches no other one.
 */
export class FrontDoor {
  readonly #stopping = new AbortController();
  readonly #visits = new Set<Promise<void>>();

  constructor(
    private readonly parts: FrontDoorParts,
    private readonly timing: FrontDoorTiming = frontDoorTiming,
  ) {
    setMaxListeners(0, this.#stopping.signal); // one for every connection that is being read
  }

  /** Takes a connection that nothing was read from; `settled` hears that its first packet is whole. */
  accept(stream: Duplex, context: ConnectionContext, settled: () => void = () => undefined): void {
    stream.on('error', () => undefined); // a connection that breaks also closes
    const visit = this.#serve(stream, context, settled).finally(() => this.#visits.delete(visit));
    this.#visits.add(visit);
  }

  /** Turns away who has not said anything yet, lets who was promised an answer have it, and waits. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#visits);
  }

  async #serve(stream: Duplex, context: ConnectionContext, settled: () => void): Promise<void> {
    try {
      const first = await readFirstPacket(stream, {
        timeoutMs: this.timing.firstPacketMs,
        maxBytes: maxFirstPacketBytes,
        signal: this.#stopping.signal,
      });
      if (first) settled();
      if (first === 'unknown level') await this.#sayLast(stream, levelRefusal());
      else if (first) await this.#decide({ ...first, stream, context });
      else stream.destroy();
    } catch (error) {
      this.parts.log.error({ err: error }, 'front_door.failed');
      stream.destroy();
    }
  }

  async #decide(visitor: Visitor): Promise<void> {
    const { stream, connect, context } = visitor;
    const { registration, outside } = this.parts;
    if (registration.wants(connect.clientId)) await this.#register(visitor);
    else if (outside?.isSet) {
      const { remoteAddress } = context;
      const version = connect.protocolVersion ?? 4;
      await outside.take({ stream, version, login: credentialsOf(connect), remoteAddress });
    } else if (connect.protocolVersion === 5) await this.#sayLast(stream, versionRefusal());
    else await this.#logIn(visitor);
  }

  async #register({ stream, connect, sizeBytes, context }: Visitor): Promise<void> {
    const { remoteAddress, isEncrypted } = context;
    const answer = await this.parts.registration.answer(credentialsOf(connect), {
      remoteAddress,
      isEncrypted,
    });
    if (answer.kind === 'refused') {
      await this.#sayLast(stream, refusal(connect.protocolVersion ?? 4, answer.returnCode));
      return;
    }
    if (stream.destroyed) return;
    stream.read(sizeBytes); // the CONNECT itself
    const signal = this.#stopping.signal;
    const { topic, payload } = answer;
    await grantRegistration(stream, connect, { topic, payload }, this.timing, signal);
  }

  async #logIn({ stream, connect, context }: Visitor): Promise<void> {
    if ((connect.keepalive ?? 0) < minKeepAliveSeconds) {
      await this.#sayLast(stream, refusal(connect.protocolVersion ?? 4, 2));
      return;
    }
    const verdict = await this.parts.logins.logIn(credentialsOf(connect), context.remoteAddress);
    const isTooLate = this.#stopping.signal.aborted;
    if (verdict.kind === 'granted' && !isTooLate) {
      if (!stream.destroyed) this.parts.broker.take(stream, verdict.device, context.remoteAddress);
      return;
    }
    const code = verdict.kind === 'granted' ? 3 : verdict.returnCode;
    await this.#sayLast(stream, refusal(connect.protocolVersion ?? 4, code));
  }

  async #sayLast(stream: Duplex, word: Buffer): Promise<void> {
    await farewell(stream, this.timing.graceMs, word);
  }
}

function credentialsOf(connect: FirstPacket['connect']) {
  const { clientId, username, password } = connect;
  return { clientId, username, password: password?.toString('utf8') };
}
