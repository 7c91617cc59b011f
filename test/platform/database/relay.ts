import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { Secret } from '../../../src/core/secret.js';

/** A wire between a client and PostgreSQL that a test can cut. */
export class Relay {
  readonly #sockets = new Set<Socket>();
  #isDead = false;
  #isInBytes = false;

  private constructor(
    private readonly server: Server,
    readonly url: Secret,
  ) {}

  static async open(target: Secret): Promise<Relay> {
    const address = new URL(target.expose());
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const through = new URL(target.expose());
    through.port = String((server.address() as AddressInfo).port);
    through.hostname = '127.0.0.1';
    const relay = new Relay(server, new Secret(through.href));
    server.on('connection', (near) => {
      relay.#join(near, Number(address.port), address.hostname);
    });
    return relay;
  }

  /** From now on the other side takes connections and never answers, as a host that hangs does. */
  hang(): void {
    this.#isDead = true;
    this.cut();
  }

  /** As a host that hangs: what is open stays open, what is new is taken, nothing is answered. */
  freeze(): void {
    this.#isDead = true;
    this.silence();
  }

  /** New connections bring the answers byte by byte, each by itself. */
  splitAnswers(): void {
    this.#isInBytes = true;
  }

  /** The other side answers again, on new connections. */
  revive(): void {
    this.#isDead = false;
    this.cut();
  }

  /** Lets nothing through any more; the connections stay, as they do when a cable is pulled. */
  silence(): void {
    for (const socket of this.#sockets) socket.unpipe().pause();
  }

  /** Drops every connection; new ones work. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    this.server.close();
    await once(this.server, 'close');
  }

  #join(near: Socket, port: number, host: string): void {
    this.#keep(near);
    if (this.#isDead) return;
    const far = connect({ port, host });
    this.#keep(far);
    near.pipe(far);
    if (this.#isInBytes) {
      const bytes = Readable.from(inBytes(far)).on('error', () => near.destroy());
      bytes.pipe(near.setNoDelay(true));
    } else far.pipe(near);
    near.once('close', () => far.destroy());
    far.once('close', () => near.destroy());
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}

async function* inBytes(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; at += 1) {
      yield chunk.subarray(at, at + 1);
      await setImmediate();
    }
  }
}
