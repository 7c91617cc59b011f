import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';

const patienceMs = 5_000;

/** A person at a serial port over TCP: types, and waits for what appears. */
export class Terminal {
  /** Everything that appeared so far, as latin1. */
  seen = '';
  /** The sizes of the pieces in which it came. */
  readonly pieceSizes: number[] = [];
  #read = 0;
  #wake: () => void = () => undefined;

  private constructor(private readonly socket: Socket) {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      this.seen += bytes.toString('latin1');
      this.pieceSizes.push(bytes.length);
      this.#wake();
    });
  }

  static async connect(port: number): Promise<Terminal> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    const terminal = new Terminal(socket);
    await once(socket, 'connect');
    return terminal;
  }

  type(text: string | Buffer): void {
    this.socket.write(text);
  }

  /** Waits until one of some texts appears after what was read before; gives all up to its end. */
  async until(wanted: string | readonly string[], waitMs = patienceMs): Promise<string> {
    const texts = [wanted].flat();
    const deadline = Date.now() + waitMs;
    for (;;) {
      const ends = texts.map((text) => this.#endOf(text)).filter((end) => end >= 0);
      if (ends.length > 0) {
        const piece = this.seen.slice(this.#read, Math.min(...ends));
        this.#read = Math.min(...ends);
        return piece;
      }
      await this.#more(deadline - Date.now(), texts.join(' or '));
    }
  }

  /** Waits until so many bytes have appeared in all. */
  async atLeast(count: number): Promise<void> {
    const deadline = Date.now() + patienceMs;
    while (this.seen.length < count) await this.#more(deadline - Date.now(), `${count} bytes`);
  }

  /** Types a command and gives its answer, up to and with the final result. */
  async ask(command: string, final: string | readonly string[] = 'OK\r\n'): Promise<string> {
    this.type(`${command}\r`);
    return this.until(final);
  }

  async close(): Promise<void> {
    this.socket.end();
    await this.closed();
  }

  /** Waits until the other side has closed the connection. */
  async closed(): Promise<void> {
    if (!this.socket.closed) await once(this.socket, 'close');
  }

  async #more(waitMs: number, text: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`No ${JSON.stringify(text)} after ${JSON.stringify(this.#rest())}`));
      }, waitMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #endOf(text: string): number {
    const at = this.seen.indexOf(text, this.#read);
    return at < 0 ? -1 : at + text.length;
  }

  #rest(): string {
    return this.seen.slice(this.#read);
  }
}
