import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { TestService } from '../support/service.js';

/** An answer as it came, and how long it took from the last byte of the question. Units: ms. */
export interface Asked {
  readonly answer: string;
  readonly ms: number;
}

/** Asks one thing after another and times the answers. */
export interface Asker {
  ask(request: Buffer): Promise<Asked>;
  close(): void;
}

/** Asks over one HTTPS connection. Shape: answers without their `Date`. */
export class HttpsAsker implements Asker {
  private constructor(private readonly socket: Socket) {}

  static async open({ service }: TestService): Promise<HttpsAsker> {
    const ca = await readFile(service.urls.ca ?? '');
    const socket = connectTls({ host: '127.0.0.1', port: service.ports.tlsPort, ca });
    await once(socket.setNoDelay(), 'secureConnect');
    return new HttpsAsker(socket);
  }

  static post(fields: Readonly<Record<string, string>>): Buffer {
    const body = new URLSearchParams(fields).toString();
    return Buffer.from(
      'POST /auth/register/device HTTP/1.1\r\nHost: localhost\r\n' +
        'Content-Type: application/x-www-form-urlencoded\r\n' +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  }

  async ask(request: Buffer): Promise<Asked> {
    const startedAt = performance.now();
    this.socket.write(request);
    let text = '';
    while (!text.endsWith('}')) text += String((await once(this.socket, 'data'))[0]);
    const ms = performance.now() - startedAt;
    return { answer: text.replace(/^Date: .*\r\n/m, ''), ms };
  }

  close(): void {
    this.socket.destroy();
  }
}

/** Asks over a new MQTT connection each time, until the service closes it. Shape: answers in hex. */
export class MqttAsker implements Asker {
  #session: Buffer | undefined;

  private constructor(
    private readonly port: number,
    private readonly ca: Buffer | undefined,
  ) {}

  static async open({ service }: TestService, transport: 'tls' | 'tcp'): Promise<MqttAsker> {
    const { mqttPort, mqttsPort } = service.ports;
    if (transport === 'tcp') return new MqttAsker(mqttPort, undefined);
    return new MqttAsker(mqttsPort, await readFile(service.urls.ca ?? ''));
  }

  async ask(request: Buffer): Promise<Asked> {
    const socket = await this.#connect();
    try {
      const startedAt = performance.now();
      socket.write(request);
      const [first] = (await once(socket, 'data')) as [Buffer];
      const ms = performance.now() - startedAt;
      const chunks = [first];
      socket.on('data', (chunk: Buffer) => chunks.push(chunk));
      await once(socket, 'close');
      return { answer: Buffer.concat(chunks).toString('hex'), ms };
    } finally {
      socket.destroy();
    }
  }

  close(): void {
    this.#session = undefined;
  }

  async #connect(): Promise<Socket> {
    const place = { host: '127.0.0.1', port: this.port };
    if (!this.ca) {
      const socket = connectTcp(place).setNoDelay();
      await once(socket, 'connect');
      return socket;
    }
    const resumed = this.#session && { session: this.#session };
    const socket = connectTls({ ...place, ca: this.ca, ...resumed });
    // A resumed session saves most of the handshake, which is not what is timed.
    socket.on('session', (session: Buffer) => (this.#session = session));
    await once(socket.setNoDelay(), 'secureConnect');
    return socket;
  }
}
