import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { Listeners } from '../../../src/platform/listeners/listeners.js';
import type { ListenersOptions, Ports } from '../../../src/platform/listeners/listeners.js';
import { loadTlsMaterial } from '../../../src/platform/tls/material.js';
import type { TlsMaterial } from '../../../src/platform/tls/material.js';

/** Certificates for one test file, in a folder of their own. */
export class TestTls {
  private constructor(
    readonly material: TlsMaterial,
    readonly ca: Buffer,
    private readonly folder: string,
  ) {}

  static async make(): Promise<TestTls> {
    const folder = await mkdtemp(join(tmpdir(), 'triplemint-listeners-'));
    const names = ['localhost', '127.0.0.1'];
    const material = await loadTlsMaterial({ folder: join(folder, 'tls'), names, now: new Date() });
    return new TestTls(material, await readFile(material.caPath ?? ''), folder);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

export const anyPorts = { bind: '127.0.0.1', httpPort: 0, tlsPort: 0, mqttPort: 0, mqttsPort: 0 };

/** Listeners on free ports, and the clients that a test opened, to be closed whatever happens. */
export class TestListeners {
  readonly listeners: Listeners;
  ports: Ports = anyPorts;
  readonly #clients: Socket[] = [];

  constructor(
    readonly tls: TestTls,
    options: Partial<ListenersOptions> = {},
  ) {
    this.listeners = new Listeners({
      tls: tls.material,
      tlsProfile: 'compatible',
      wsPath: '/mqtt',
      ...options,
    });
  }

  async listen(): Promise<this> {
    this.ports = await this.listeners.listen(anyPorts);
    return this;
  }

  get allPorts(): number[] {
    const { httpPort, tlsPort, mqttPort, mqttsPort } = this.ports;
    return [httpPort, tlsPort, mqttPort, mqttsPort];
  }

  async tcp(port: number): Promise<Socket> {
    const socket = connectTcp({ host: '127.0.0.1', port });
    this.#keep(socket);
    await once(socket, 'connect');
    return socket;
  }

  async secure(port: number): Promise<Socket> {
    const socket = connectTls({ host: '127.0.0.1', port, ca: this.tls.ca });
    this.#keep(socket);
    await once(socket, 'secureConnect');
    return socket;
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.destroy();
    await this.listeners.stop(0);
  }

  #keep(socket: Socket): void {
    socket.on('error', () => undefined);
    this.#clients.push(socket);
  }
}

/** Everything a socket receives until `isEnough`, or until the peer closes. */
export async function receive(
  socket: Socket,
  isEnough: (text: string) => boolean = () => false,
): Promise<string> {
  let text = '';
  return new Promise((resolve) => {
    const finish = (): void => {
      socket.off('data', take).off('close', finish);
      resolve(text);
    };
    const take = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
      if (isEnough(text)) finish();
    };
    socket.on('data', take).on('close', finish);
  });
}

export function hasBody(body: string): (text: string) => boolean {
  return (text) => text.includes('\r\n\r\n') && text.includes(body);
}
