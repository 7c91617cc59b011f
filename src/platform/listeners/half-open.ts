import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** A TCP connection names itself; one under TLS and the TLS above it have only their ends in common. */
type Key = Socket | string;

/**
 * The connections that have not said anything whole yet: no CONNECT, no HTTP request.
 *
 * Shape: a TLS handshake counts as well. When there are more than `limit`, the oldest is closed, so
 * silent connections never keep a new one out. The cost of each is the same however many there are.
 */
export class HalfOpenConnections {
  readonly #numbers = new Map<Key, number>();
  /** By a running number, so that the oldest is found without walking over those that are gone. */
  readonly #sockets = new Map<number, { readonly key: Key; readonly socket: Socket }>();
  #oldest = 0;
  #next = 0;

  constructor(private readonly limit: number) {}

  get count(): number {
    return this.#sockets.size;
  }

  /** Takes in a TCP connection as it is accepted. */
  add(socket: Socket): void {
    this.#add(socket, socket);
  }

  /** Takes in a TCP connection that is to carry TLS. */
  addCarrier(socket: Socket): void {
    this.#add(socket, bothEnds(socket));
  }

  /** Lets a connection stay that has said what it wants. Shape: the socket above TLS if there is one. */
  settle(socket: Socket): void {
    this.#remove(socket instanceof TLSSocket ? bothEnds(socket) : socket);
  }

  #add(socket: Socket, key: Key): void {
    const number = this.#next;
    this.#next += 1;
    this.#remove(key);
    this.#numbers.set(key, number);
    this.#sockets.set(number, { key, socket });
    socket.once('close', () => {
      if (this.#numbers.get(key) === number) this.#remove(key);
    });
    if (this.count > this.limit) this.#closeOldest();
  }

  #remove(key: Key): void {
    const number = this.#numbers.get(key);
    if (number === undefined) return;
    this.#numbers.delete(key);
    this.#sockets.delete(number);
  }

  #closeOldest(): void {
    for (; this.#oldest < this.#next; this.#oldest += 1) {
      const oldest = this.#sockets.get(this.#oldest);
      if (!oldest) continue;
      this.#remove(oldest.key);
      oldest.socket.destroy();
      return;
    }
  }
}

/** Names a connection by its four numbers, which no other open connection has. */
function bothEnds({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return [remoteAddress, remotePort, localAddress, localPort].join(' ');
}
