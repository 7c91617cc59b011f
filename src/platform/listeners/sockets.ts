import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** The open sockets of all ports, so that a stop can end them all. */
export class Sockets {
  readonly #plain = new Set<Socket>();
  readonly #secure = new Set<Socket>();
  /** The TCP sockets under TLS: their stream belongs to TLS, so they are destroyed, never ended. */
  readonly #carriers = new Set<Socket>();
  #whenNone: (() => void)[] = [];

  /** Connections; one under TLS counts once, from its first byte of TCP. */
  get count(): number {
    return this.#plain.size + this.#carriers.size;
  }

  /** Answers whether it is new here: an ignored upgrade brings a socket once more. */
  add(socket: Socket): boolean {
    const set = socket instanceof TLSSocket ? this.#secure : this.#plain;
    if (set.has(socket)) return false;
    socket.on('error', () => undefined); // a socket that breaks also closes
    this.#keep(set, socket);
    return true;
  }

  addCarrier(socket: Socket): void {
    this.#keep(this.#carriers, socket);
  }

  /** Says goodbye to every peer once what was written is on its way. */
  endAll(): void {
    for (const socket of [...this.#plain, ...this.#secure]) socket.destroySoon();
  }

  destroyAll(): void {
    for (const socket of [...this.#plain, ...this.#secure, ...this.#carriers]) socket.destroy();
  }

  /** Resolves when no socket is open. */
  none(): Promise<void> {
    if (this.#isEmpty()) return Promise.resolve();
    return new Promise((resolve) => this.#whenNone.push(resolve));
  }

  #keep(set: Set<Socket>, socket: Socket): void {
    set.add(socket);
    socket.once('close', () => {
      set.delete(socket);
      if (this.#isEmpty()) for (const resolve of this.#whenNone.splice(0)) resolve();
    });
  }

  #isEmpty(): boolean {
    return this.count === 0 && this.#secure.size === 0;
  }
}
