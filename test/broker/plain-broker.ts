import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** The far end of a pipe: it does with a connection what a test says, and knows nothing of MQTT. */
export class PlainBroker {
  readonly #sockets = new Set<Socket>();
  readonly #waiting: ((socket: Socket) => void)[] = [];
  readonly #arrived: Socket[] = [];
  #server: Server | undefined;
  #port = 0;

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.#port}`;
  }

  /** Listens on the port it had before, or on a free one. */
  async listen(): Promise<this> {
    const server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
      const waiting = this.#waiting.shift();
      if (waiting) waiting(socket);
      else this.#arrived.push(socket);
    });
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
    return this;
  }

  /** The next connection that comes, or has come. */
  async next(): Promise<Socket> {
    const [socket] = this.#arrived.splice(0, 1);
    return socket ?? (await new Promise((resolve) => this.#waiting.push(resolve)));
  }

  /** Ends everything; nothing listens on the port any more. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#arrived.splice(0);
    const server = this.#server;
    if (server) await new Promise((resolve) => server.close(resolve));
  }
}

/** Reads exactly that many bytes; what follows stays in the socket. */
export async function take(socket: Socket, count: number): Promise<Buffer> {
  return await new Promise((resolve, reject) => {
    const leave = (): void => {
      socket.off('readable', look).off('close', fail);
    };
    const fail = (): void => {
      leave();
      reject(new Error('closed'));
    };
    const look = (): void => {
      const chunk: unknown = socket.read(count);
      if (!(chunk instanceof Buffer)) return;
      leave();
      resolve(chunk);
    };
    socket.on('readable', look).on('close', fail);
  });
}
