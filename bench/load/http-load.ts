import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { serveParent } from '../child.js';
import { quantile } from '../figures.js';
import { prepare } from './requests.js';
import type { Prepared, Wave } from './requests.js';

/** What came of a wave. Units: seconds, ms. */
export interface WaveResult {
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers that were not the triple asked for; the first of them as it came. */
  readonly wrong: number;
  readonly firstWrong: string | undefined;
  /** How many different secrets were given. */
  readonly secrets: number;
}

/** The end of a right answer, after the 32 digits of the secret. */
const tail = /^[0-9a-f]{32}"\},"message":"success"\}$/;

/** Work that is shared out among the connections. */
class Progress {
  next = 0;
  wrong = 0;
  firstWrong: string | undefined;
  readonly latencies: Float64Array;
  readonly secrets = new Set<string>();

  constructor(readonly requests: readonly Prepared[]) {
    this.latencies = new Float64Array(requests.length);
  }

  judge(answer: string, expected: string): void {
    const body = answer.slice(answer.indexOf('\r\n\r\n') + 4);
    const rest = body.slice(expected.length);
    const isRight = answer.startsWith('HTTP/1.1 200 ') && body.startsWith(expected);
    if (isRight && tail.test(rest)) this.secrets.add(rest.slice(0, 32));
    else {
      this.wrong += 1;
      this.firstWrong ??= answer;
    }
  }
}

serveParent(async (message) => await run(message as Wave));

/**
 * Sends a wave over keep-alive connections, one request in flight on each.
 *
 * Sockets by hand, read into a buffer of their own: Node's HTTP client alone would take a core.
 */
async function run(wave: Wave): Promise<WaveResult> {
  const progress = new Progress(prepare(wave));
  const talks = Array.from({ length: wave.inFlight }, () => new Talk(wave.port, progress));
  await Promise.all(talks.map((talk) => talk.connected));
  const startedAt = performance.now();
  await Promise.all(talks.map((talk) => talk.run()));
  const seconds = (performance.now() - startedAt) / 1000;
  const { latencies, wrong, firstWrong, secrets } = progress;
  return {
    seconds,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    wrong,
    firstWrong,
    secrets: secrets.size,
  };
}

/** One connection: sends, waits for the whole answer, sends the next, until nothing is left. */
class Talk {
  readonly connected: Promise<unknown>;
  readonly #socket: Socket;
  readonly #progress: Progress;
  #index = -1;
  #sentAt = 0;
  #answer = '';
  #end: () => void = () => undefined;

  constructor(port: number, progress: Progress) {
    this.#progress = progress;
    this.#socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        buffer: Buffer.allocUnsafe(4096),
        callback: (length, buffer) => {
          this.#answer += (buffer as Buffer).toString('latin1', 0, length);
          if (isWhole(this.#answer)) this.#next();
          return true;
        },
      },
    });
    this.connected = once(this.#socket, 'connect');
  }

  /** Errors: the connection was lost. */
  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#end = resolve;
      this.#socket.on('error', reject);
      this.#socket.on('close', () => {
        reject(new Error('the server closed a connection'));
      });
      this.#send();
    });
  }

  #next(): void {
    const { latencies, requests } = this.#progress;
    latencies[this.#index] = performance.now() - this.#sentAt;
    const answer = this.#answer;
    const expected = requests[this.#index]?.expected ?? '';
    this.#answer = '';
    this.#send();
    this.#progress.judge(answer, expected);
  }

  #send(): void {
    this.#index = this.#progress.next;
    const request = this.#progress.requests[this.#index];
    if (!request) {
      this.#end();
      this.#socket.destroy();
      return;
    }
    this.#progress.next += 1;
    this.#sentAt = performance.now();
    this.#socket.write(request.bytes);
  }
}

function isWhole(answer: string): boolean {
  const headEnd = answer.indexOf('\r\n\r\n');
  if (headEnd < 0) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(answer)?.[1];
  if (length === undefined) throw new Error('an answer without Content-Length');
  return answer.length >= headEnd + 4 + Number(length);
}
