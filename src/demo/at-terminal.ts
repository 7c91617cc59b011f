import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** Units: ms that a module may take for one answer. */
const patienceMs = 10_000;

/** Types AT commands to a module, as a host controller does, and waits for what it says. */
export class AtTerminal {
  #heard = '';
  #wake: (() => void) | undefined;

  private constructor(private readonly socket: Socket) {
    socket.setEncoding('utf8').on('data', (text: string) => {
      this.#heard += text;
      this.#wake?.();
    });
    socket.on('error', () => this.#wake?.());
  }

  static async open(host: string, port: number): Promise<AtTerminal> {
    const socket = connect(port, host);
    const terminal = new AtTerminal(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve).once('error', reject);
    });
    return terminal;
  }

  /** Sends a command and waits for a text that may come at any time after it. */
  async ask(command: string, expected: RegExp): Promise<string> {
    this.#heard = '';
    this.socket.write(`${command}\r`);
    return await this.expect(expected);
  }

  /** Waits for a text. Errors: when the module does not say it in ten seconds. */
  async expect(expected: RegExp): Promise<string> {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const match = expected.exec(this.#heard);
      if (match) return match[0];
      const restMs = deadline - Date.now();
      if (restMs <= 0) throw new Error(`the module did not say ${expected.source}`);
      await this.#nextText(restMs);
    }
  }

  close(): void {
    this.socket.destroy();
  }

  async #nextText(timeoutMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
