import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { IClientOptions, MqttClient } from 'mqtt';
import { DomainError } from '../core/errors.js';
import type { DeviceNames } from './device-map.js';
import type { Delivery, DownMessage, Downlink } from './downlink.js';
import type { OutsideAddress } from './outside-address.js';
import { OutsideBroker } from './outside-broker.js';

/** Units: ms that the broker gets to let us in, and to acknowledge a message. */
const patienceMs = 5000;

/**
 * Sends messages to devices behind the site's own broker, with the account of the service there.
 *
 * Shape: one connection, made when it is first needed and again when it is lost. The broker does
 * not tell who heard a message: it is `sent` when the broker has it.
 */
@Injectable()
export class OutsideDownlink implements Downlink {
  #connecting: Promise<MqttClient> | undefined;

  constructor(private readonly broker: OutsideBroker) {}

  /** Errors: `broker.no_account`, before anybody takes a message for sent. */
  reaches(device: DeviceNames): boolean {
    if (!this.broker.address?.account) throw new DomainError('broker.no_account', '');
    return this.broker.isConnected(device);
  }

  /** Errors: `broker.no_account`, `broker.away`. */
  async publish(device: DeviceNames, { topic, payload, qos }: DownMessage): Promise<Delivery> {
    if (!this.reaches(device)) return 'not_here';
    const client = await this.#client();
    try {
      await within(patienceMs, client.publishAsync(topic, payload, { qos }));
      return 'sent';
    } catch (cause) {
      client.end(true); // what it still holds would go out later, against what we say now
      throw away(cause);
    }
  }

  async stop(): Promise<void> {
    const client = await this.#connecting?.catch(() => undefined);
    await client?.endAsync(true);
  }

  #client(): Promise<MqttClient> {
    this.#connecting ??= this.#connect(this.broker.address);
    return this.#connecting;
  }

  async #connect(address: OutsideAddress | undefined): Promise<MqttClient> {
    if (!address?.account) throw new DomainError('broker.no_account', '');
    const { host, port, isEncrypted, account } = address;
    const forget = (): void => {
      this.#connecting = undefined;
    };
    try {
      const { connectAsync } = await import('mqtt');
      const options: IClientOptions = {
        host,
        port,
        clientId: `triplemint-${randomBytes(8).toString('hex')}`,
        username: account.username,
        password: account.password.expose(),
        protocolVersion: 4,
        reconnectPeriod: 0,
        connectTimeout: patienceMs,
      };
      const scheme = isEncrypted ? 'mqtts' : 'mqtt';
      const client = await connectAsync(`${scheme}://broker`, options, false); // host as above
      client.on('error', () => undefined).on('close', forget);
      return client;
    } catch (cause) {
      forget();
      throw away(cause);
    }
  }
}

function away(cause: unknown): DomainError {
  return new DomainError('broker.away', '', {}, { cause });
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error('timed out'));
    }, ms);
  });
  return await Promise.race([work, end]).finally(() => {
    clearTimeout(timer);
  });
}
