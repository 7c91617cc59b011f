import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { generate } from 'mqtt-packet';
import type { IConnectPacket } from 'mqtt-packet';
import { onTestFinished } from 'vitest';

/** A connection that shows every byte as it comes; it is closed when the test is over. */
export class RawClient {
  received: Buffer = Buffer.alloc(0);
  readonly chunks: Buffer[] = [];
  #isClosed = false;
  #changed: () => void = () => undefined;

  constructor(readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      this.chunks.push(chunk);
      this.received = Buffer.concat([this.received, chunk]);
      this.#changed();
    });
    socket.on('close', () => {
      this.#isClosed = true;
      this.#changed();
    });
    onTestFinished(() => {
      socket.destroy();
    });
  }

  static async open(port: number): Promise<RawClient> {
    const socket = connect({ host: '127.0.0.1', port });
    const client = new RawClient(socket);
    await once(socket, 'connect');
    return client;
  }

  send(...parts: readonly (Buffer | string)[]): void {
    const buffers = parts.map((part) =>
      typeof part === 'string' ? Buffer.from(part, 'hex') : part,
    );
    this.socket.write(Buffer.concat(buffers));
  }

  /** Waits for that many bytes and answers all that came, as hex. */
  async bytes(count: number): Promise<string> {
    await this.#until(() => this.received.length >= count);
    return this.received.toString('hex');
  }

  /** Waits until what came, read as latin1, is enough, and answers it. */
  async text(isEnough: (text: string) => boolean): Promise<string> {
    await this.#until(() => isEnough(this.received.toString('latin1')));
    return this.received.toString('latin1');
  }

  /** Waits until the peer has closed and answers all that came, as hex. */
  async closed(): Promise<string> {
    await this.#until(() => this.#isClosed);
    return this.received.toString('hex');
  }

  async #until(isDone: () => boolean): Promise<void> {
    while (!isDone()) {
      if (this.#isClosed) throw new Error(`closed after ${this.received.toString('hex')}`);
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }
}

/** Writes a CONNECT. Shape: MQTT 3.1.1, clean session, keep-alive 60 s unless told otherwise. */
export function connectPacket(
  fields: {
    readonly clientId: string;
    readonly username?: string;
    readonly password?: string;
  } & Pick<IConnectPacket, 'protocolVersion' | 'clean' | 'will' | 'keepalive'>,
): Buffer {
  const { password, protocolVersion = 4, ...rest } = fields;
  const packet: IConnectPacket = {
    cmd: 'connect',
    protocolId: protocolVersion === 3 ? 'MQIsdp' : 'MQTT',
    protocolVersion,
    clean: true,
    keepalive: 60,
    ...rest,
    ...(password !== undefined && { password: Buffer.from(password) }),
  };
  return generate(packet, { protocolVersion });
}

export const accepted = '20020000';
export const pingRequest = 'c000';
export const pingAnswer = 'd000';
