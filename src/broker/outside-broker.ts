import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { StrangerCounter } from '../audit/stranger-counter.js';
import type { Secret } from '../core/secret.js';
import { Presence } from '../devices/presence.js';
import { BROKER_URL } from '../platform/broker-address.js';
import { AddressLimit } from '../platform/limits/address-limit.js';
import { LOGGER } from '../platform/logger.js';
import type { Logger } from '../platform/logger.js';
import { farewell, refusal } from './connack.js';
import type { MqttVersion } from './connack.js';
import { claimedDevice } from './connections.js';
import type { Connections } from './connections.js';
import type { LoggedInDevice } from './device-login.service.js';
import { DeviceMap } from './device-map.js';
import type { DeviceNames } from './device-map.js';
import type { FirstAnswer } from './first-answer.js';
import { Arrivals } from './hooks/arrivals.js';
import type { LoginRequest } from './login-request.js';
import { NewestConnection } from './newest-connection.js';
import { dial, parseOutsideAddress } from './outside-address.js';
import type { OutsideAddress } from './outside-address.js';
import { pipeThrough } from './pipe.js';

/** A connection whose CONNECT is known and goes to the broker as it is. */
export interface OutsideVisitor {
  readonly stream: Duplex;
  readonly version: MqttVersion;
  readonly login: LoginRequest;
  readonly remoteAddress: string;
}

/** Units: ms. */
interface OutsideTiming {
  readonly dialMs: number;
  /** A broker asks our hooks before it answers; it gives up earlier than this. */
  readonly answerMs: number;
  readonly graceMs: number;
}

const timing: OutsideTiming = { dialMs: 5000, answerMs: 30_000, graceMs: 2000 };

/** A connection that was piped. */
interface Piped {
  readonly visitor: OutsideVisitor;
  /** Who it says it is; proven once the broker has let it in. */
  readonly device: LoggedInDevice | undefined;
  /** Whether the device was shut out before the broker let it in. */
  isShutOut: boolean;
  readonly end: () => void;
}

/**
 * The site's own broker (`BROKER_URL`): connections of devices are piped to it.
 *
 * Shape: the broker decides on logins by asking our hooks. Only when it has let a login in is the
 * connection known as that of the device: then the older one is ended, and it can be cut. While the
 * broker is away, and when an address tries too often, a device is told to come back (CONNACK 3).
 */
@Injectable()
export class OutsideBroker implements Connections {
  /** Undefined when the site has no broker of its own. */
  readonly address: OutsideAddress | undefined;
  readonly #undecided = new Set<Piped>();
  readonly #connected = new DeviceMap<Piped>();
  readonly #running = new Map<Piped, Promise<void>>();
  #isAway = false;

  constructor(
    @Inject(BROKER_URL) url: Secret | undefined,
    private readonly arrivals: Arrivals,
    private readonly newest: NewestConnection,
    private readonly presence: Presence,
    private readonly addresses: AddressLimit,
    private readonly strangers: StrangerCounter,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    this.address = url && parseOutsideAddress(url);
  }

  /** Whether the site has a broker of its own. */
  get isSet(): boolean {
    return this.address !== undefined;
  }

  /** Takes a connection that is no registration. Resolves when it is piped, or was told to go. */
  async take(visitor: OutsideVisitor): Promise<void> {
    const { stream, version } = visitor;
    const broker = this.#isTooMany(visitor) ? undefined : await this.#dial();
    if (!broker) await farewell(stream, timing.graceMs, refusal(version, 3));
    else if (stream.destroyed) broker.destroy();
    else this.#pipe(visitor, broker);
  }

  connected(names?: DeviceNames): LoggedInDevice[] {
    return [...this.#connected.values(names), ...this.#undecided].flatMap(
      ({ device }) => device ?? [],
    );
  }

  /** Whether the broker has let in a device that came through this copy. */
  isConnected(names: DeviceNames): boolean {
    return this.#connected.values(names).length > 0;
  }

  cut(device: LoggedInDevice): void {
    this.#connected.get(device)?.end();
    for (const piped of this.#undecided) {
      // Ending it now would tell a stranger that there is such a device.
      if (piped.device && isSame(piped.device, device)) piped.isShutOut = true;
    }
  }

  /** Ends all connections and waits until they are closed. */
  async stop(): Promise<void> {
    for (const piped of this.#running.keys()) piped.end();
    await Promise.all(this.#running.values());
  }

  /** The broker that asks our hooks may ask another copy, which does not know the address. */
  #isTooMany({ login, remoteAddress }: OutsideVisitor): boolean {
    if (this.addresses.take(remoteAddress)) return false;
    this.strangers.count(remoteAddress, claimedDevice(login)?.productKey ?? '');
    return true;
  }

  async #dial(): Promise<Socket | undefined> {
    if (!this.address) return undefined;
    try {
      const broker = await dial(this.address, timing.dialMs);
      if (this.#isAway) this.log.info('broker.back');
      this.#isAway = false;
      return broker;
    } catch (error) {
      if (!this.#isAway) this.log.warn({ err: error }, 'broker.away');
      this.#isAway = true;
      return undefined;
    }
  }

  #pipe(visitor: OutsideVisitor, broker: Socket): void {
    const { stream, login, version, remoteAddress } = visitor;
    const end = (): void => {
      stream.destroy();
      broker.destroy();
    };
    const piped: Piped = { visitor, device: claimedDevice(login), isShutOut: false, end };
    this.#undecided.add(piped);
    this.arrivals.note(login, remoteAddress);
    let release = (): void => undefined;
    const timer = setTimeout(end, timing.answerMs);
    const onAnswer = (answer: FirstAnswer): void => {
      clearTimeout(timer);
      release = this.#decided(piped, answer);
    };
    const options = { version, graceMs: timing.graceMs, onAnswer };
    const running = pipeThrough(stream, broker, options).finally(() => {
      clearTimeout(timer);
      this.#forget(piped);
      release();
    });
    this.#running.set(piped, running);
  }

  /** Answers what to call when the connection is no more. */
  #decided(piped: Piped, answer: FirstAnswer): () => void {
    const { device, visitor } = piped;
    this.arrivals.forget(visitor.login);
    this.#undecided.delete(piped);
    const isIn = answer === 'granted' && !piped.isShutOut;
    if (answer === 'malformed' || piped.isShutOut) piped.end();
    if (!isIn || !device) return () => undefined;
    this.#connected.set(device, piped)?.end();
    const leave = this.presence.online(device, visitor.remoteAddress);
    const release = this.newest.announce(device, piped.end);
    return () => {
      release();
      leave();
    };
  }

  #forget(piped: Piped): void {
    const { device, visitor } = piped;
    if (this.#undecided.delete(piped)) this.arrivals.forget(visitor.login);
    if (device && this.#connected.get(device) === piped) this.#connected.delete(device);
    this.#running.delete(piped);
  }
}

function isSame(one: LoggedInDevice, other: LoggedInDevice): boolean {
  return (
    one.productKey === other.productKey &&
    one.deviceName === other.deviceName &&
    one.clientId === other.clientId
  );
}
