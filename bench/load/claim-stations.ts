import { once } from 'node:events';
import type { Socket } from 'node:net';
import { serveParent } from '../child.js';
import type { ClaimWave } from './claim-wave.js';
import { runClaimWave } from './claim-wave.js';
import { openConnection } from './connection.js';
import { httpReader } from './http-exchanges.js';

/** A wave over HTTP. Shape: one key per station. */
export interface StationWave extends ClaimWave {
  readonly port: number;
  readonly keys: readonly string[];
  readonly orderId: string;
}

interface Outcome {
  readonly ok?: boolean;
  readonly triple?: { readonly deviceName: string; readonly deviceSecret: string };
}

/** Stations of a line, as a MES asks for them: a connection each that is kept. */
serveParent(async (message) => {
  const wave = message as StationWave;
  const talks = await Promise.all(wave.keys.map((key) => Talk.open(wave.port, key)));
  try {
    return await runClaimWave(wave, async (station, imeis) => {
      const talk = talks[station];
      if (!talk) throw new Error('more stations than keys');
      return await claim(talk, wave.orderId, imeis);
    });
  } finally {
    for (const talk of talks) talk.close();
  }
});

async function claim(
  talk: Talk,
  orderId: string,
  imeis: readonly string[],
): Promise<readonly string[]> {
  const [imei] = imeis;
  const outcomes =
    imeis.length === 1
      ? [await talk.post<Outcome>('/api/v1/claims', { orderId, unit: { imei } })]
      : (
          await talk.post<{ results: Outcome[] }>('/api/v1/claims/batch', {
            orderId,
            units: imeis.map((one, index) => ({ imei: one, slot: index + 1 })),
          })
        ).results;
  return outcomes.flatMap(({ triple }) =>
    triple?.deviceSecret.length === 32 ? [triple.deviceName] : [],
  );
}

/** One connection; one request after the other. */
class Talk {
  #answer = '';
  #heard: (body: string) => void = () => undefined;
  #lost: (error: Error) => void = () => undefined;

  private constructor(
    private readonly socket: Socket,
    private readonly key: string,
  ) {}

  static async open(port: number, key: string): Promise<Talk> {
    const hear = (bytes: Buffer): void => {
      talk.#hear(bytes);
    };
    const socket = openConnection({ port }, Buffer.allocUnsafe(65_536), hear);
    const talk = new Talk(socket, key);
    socket.on('error', (error) => {
      talk.#lost(error);
    });
    await once(socket, 'connect');
    return talk;
  }

  /** Errors: an answer that is no success. */
  async post<T>(path: string, body: object): Promise<T> {
    const text = JSON.stringify(body);
    const head = [
      `POST ${path} HTTP/1.1`,
      'Host: 127.0.0.1',
      `Authorization: Bearer ${this.key}`,
      'Content-Type: application/json',
      `Content-Length: ${text.length}`,
    ];
    const answered = new Promise<string>((resolve, reject) => {
      this.#heard = resolve;
      this.#lost = reject;
    });
    this.socket.write(`${head.join('\r\n')}\r\n\r\n${text}`);
    const answer = await answered;
    if (!/^HTTP\/1\.1 20[01] /.test(answer)) throw new Error(answer);
    return JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as T;
  }

  close(): void {
    this.socket.destroy();
  }

  #hear(bytes: Buffer): void {
    this.#answer += bytes.toString('latin1');
    const answer = this.#answer;
    if (!httpReader.isWhole(answer, '')) return;
    this.#answer = '';
    this.#heard(answer);
  }
}
