import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

const run = promisify(execFile);

/** A serial port whose other end is a TCP port: a pty that socat makes below /dev. */
export class SerialLine {
  #socat: ChildProcess | undefined;

  private constructor(
    readonly path: string,
    private readonly tcpPort: number,
  ) {}

  /** Makes a line; it is taken away when the test is over. */
  static async to(tcpPort: number): Promise<SerialLine> {
    const folder = await mkdtemp('/dev/shm/triplemint-line-');
    const line = new SerialLine(join(folder, 'tty'), tcpPort);
    onTestFinished(async () => {
      await line.pull();
      await rm(folder, { recursive: true, force: true });
    });
    await line.plug();
    return line;
  }

  get port(): string {
    return `serial://${this.path}`;
  }

  /** Plugs the line in (again), by the same name. */
  async plug(): Promise<void> {
    const ends = [`pty,raw,echo=0,link=${this.path}`, `tcp:127.0.0.1:${this.tcpPort}`];
    const socat = spawn('socat', ['-d', '-d', ...ends], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#socat = socat;
    let told = '';
    await new Promise<void>((resolve, reject) => {
      socat.once('error', reject);
      socat.once('exit', () => {
        reject(new Error(`socat ended: ${told}`));
      });
      socat.stderr.on('data', (text: Buffer) => {
        told += text.toString();
        if (told.includes('starting data transfer loop')) resolve();
      });
    });
  }

  /** Pulls the cable: the port hangs up and its name is gone. */
  async pull(): Promise<void> {
    const socat = this.#socat;
    if (socat === undefined || socat.exitCode !== null || socat.signalCode !== null) return;
    const ended = once(socat, 'exit');
    socat.kill();
    await ended;
  }

  /** What the port is set to, as the system has it: for example `9600`, `-parenb`, `cs8`. */
  async settings(): Promise<readonly string[]> {
    const { stdout } = await run('stty', ['-F', this.path, '-a']);
    const [, baud = ''] = /speed (\d+) baud/.exec(stdout) ?? [];
    return [baud, ...stdout.split(/[\s;]+/)];
  }
}
