import type { Socket } from 'node:net';

/**
 * The connections that have not said anything whole yet: no CONNECT, no HTTP request.
 *
 * Shape: a TLS handshake counts as well. When there are more than `limit`, the oldest is closed, so
 * silent connections never keep a new one out. The cost of each is the same however many there are.
 */
export class HalfOpenConnections {
  /** In the order in which they came, by both ends: a socket and the TLS above it share one key. */
  readonly #oldestFirst = new Map<string, Socket>();

  constructor(private readonly limit: number) {}

  get count(): number {
    return this.#oldestFirst.size;
  }

  /** Takes in a connection as it is accepted. */
  add(socket: Socket): void {
    const key = bothEnds(socket);
    this.#oldestFirst.set(key, socket);
    socket.once('close', () => {
      if (this.#oldestFirst.get(key) === socket) this.#oldestFirst.delete(key);
    });
    if (this.count > this.limit) this.#closeOldest();
  }

  /** Lets a connection stay that has said what it wants. */
  settle(socket: Socket): void {
    this.#oldestFirst.delete(bothEnds(socket));
  }

  #closeOldest(): void {
    for (const [key, socket] of this.#oldestFirst) {
      this.#oldestFirst.delete(key);
      socket.destroy();
      return;
    }
  }
}

/** Names a connection by its four numbers, which no other open connection has. */
function bothEnds({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return [remoteAddress, remotePort, localAddress, localPort].join(' ');
}
