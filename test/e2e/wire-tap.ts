import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** What one connection said, and what it was told. */
export interface Recording {
  readonly sent: Buffer;
  readonly received: Buffer;
}

/** A wire to a TCP port that keeps what goes over it. */
export class WireTap {
  readonly port: number;
  #last: Promise<Recording> = Promise.reject(new Error('nothing went over the wire'));

  private constructor(
    private readonly server: Server,
    private readonly target: number,
  ) {
    this.port = (server.address() as AddressInfo).port;
    this.#last.catch(() => undefined);
    server.on('connection', (near) => {
      this.#last = this.#record(near);
    });
  }

  static async open(target: number): Promise<WireTap> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new WireTap(server, target);
  }

  /** What went over the last connection, once both sides have closed it. */
  async recording(): Promise<Recording> {
    return await this.#last;
  }

  async close(): Promise<void> {
    this.server.close();
    await once(this.server, 'close');
  }

  async #record(near: Socket): Promise<Recording> {
    const far = connect(this.target, '127.0.0.1');
    const [sent, received]: [Buffer[], Buffer[]] = [[], []];
    near.on('data', (chunk: Buffer) => sent.push(chunk)).on('error', () => undefined);
    far.on('data', (chunk: Buffer) => received.push(chunk)).on('error', () => undefined);
    near.pipe(far).pipe(near);
    near.once('close', () => far.destroy());
    far.once('close', () => near.destroy());
    await Promise.all([near, far].map(closed));
    return { sent: Buffer.concat(sent), received: Buffer.concat(received) };
  }
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => {
      resolve();
    });
  });
}
