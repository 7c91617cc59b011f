import { once } from 'node:events';
import type { Socket } from 'node:net';
import { serveParent } from '../child.js';
import { quantile } from '../figures.js';
import { openConnection } from './connection.js';
import type { Exchange, Reader } from './exchange.js';
import { httpReader, httpRegistrations } from './http-exchanges.js';
import { loginReader, logins, mqttRegistrations, registrationReader } from './mqtt-exchanges.js';
import type { Wave, WaveResult } from './wave.js';

serveParent(async (message) => await run(message as Wave));

/** Sends a wave; everything is written and signed before the clock runs. */
async function run(wave: Wave): Promise<WaveResult> {
  const progress = new Progress(...prepare(wave));
  const talks = Array.from({ length: wave.inFlight }, () => new Talk(wave, progress));
  await Promise.all(talks.map((talk) => talk.prepare()));
  const startedAt = performance.now();
  await Promise.all(talks.map((talk) => talk.run()));
  const seconds = (performance.now() - startedAt) / 1000;
  const { latencies, wrong, firstWrong, given } = progress;
  return {
    seconds,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    wrong,
    firstWrong,
    given: given.size,
  };
}

function prepare({ wish, connections }: Wave): [Exchange[], Reader] {
  switch (wish.kind) {
    case 'http-registration':
      return [httpRegistrations(wish.fleet, connections), httpReader];
    case 'mqtt-registration':
      return [mqttRegistrations(wish.fleet), registrationReader];
    case 'login':
      return [logins(wish.triples), loginReader];
  }
}

/** Work that is shared out among the connections. */
class Progress {
  next = 0;
  wrong = 0;
  firstWrong: string | undefined;
  readonly latencies: Float64Array;
  readonly given = new Set<string>();

  constructor(
    readonly exchanges: readonly Exchange[],
    readonly reader: Reader,
  ) {
    this.latencies = new Float64Array(exchanges.length);
  }

  judge(answer: string, expected: string): void {
    const given = this.reader.givenIn(answer, expected);
    if (given === undefined) {
      this.wrong += 1;
      this.firstWrong ??= answer;
    } else this.given.add(given);
  }
}

/** One device after the other: says what it has to say, waits for the whole answer. */
class Talk {
  readonly #wave: Wave;
  readonly #progress: Progress;
  readonly #buffer = Buffer.allocUnsafe(4096);
  #socket: Socket | undefined;
  #index = -1;
  #startedAt = 0;
  #answer = '';
  #end: () => void = () => undefined;
  #fail: (error: Error) => void = () => undefined;

  constructor(wave: Wave, progress: Progress) {
    this.#wave = wave;
    this.#progress = progress;
  }

  /** Opens the connection that is kept; what is fresh is opened on the clock. */
  async prepare(): Promise<void> {
    if (this.#wave.connections === 'fresh') return;
    this.#socket = this.#open();
    await once(this.#socket, this.#wave.ca === undefined ? 'connect' : 'secureConnect');
  }

  /** Resolves when no device is left. Errors: a connection was lost before its answer was whole. */
  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#end = resolve;
      this.#fail = reject;
      this.#next();
    });
  }

  #next(): void {
    this.#index = this.#progress.next;
    const exchange = this.#progress.exchanges[this.#index];
    if (!exchange) {
      this.#drop();
      this.#end();
      return;
    }
    this.#progress.next += 1;
    this.#startedAt = performance.now();
    this.#socket ??= this.#open();
    this.#socket.write(exchange.bytes);
  }

  #open(): Socket {
    const socket = openConnection(this.#wave, this.#buffer, (bytes) => {
      this.#hear(bytes);
    });
    const lost = (error?: unknown): void => {
      const cause = error instanceof Error ? `: ${error.message}` : '';
      const isOurs = this.#socket === socket;
      if (isOurs) this.#fail(new Error(`a connection ended after '${this.#answer}'${cause}`));
    };
    return socket.on('error', lost).on('close', lost);
  }

  #hear(bytes: Buffer): void {
    this.#answer += bytes.toString('latin1');
    const { reader, exchanges, latencies } = this.#progress;
    const expected = exchanges[this.#index]?.expected ?? '';
    const answer = this.#answer;
    if (!reader.isWhole(answer, expected)) return;
    latencies[this.#index] = performance.now() - this.#startedAt;
    this.#answer = '';
    if (this.#wave.connections === 'fresh') this.#drop();
    this.#next();
    this.#progress.judge(answer, expected);
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
  }
}
