import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { removeEmbeddedPostgres } from '../../src/platform/database/embedded/place.js';
import { startBuiltService } from '../support/built-service.js';
import type { BuiltService } from '../support/built-service.js';
import type { Call } from '../support/service.js';

/**
 * Some copies of the built service on one data directory, and on one embedded database.
 *
 * Shape: a copy that is killed comes back by itself, on another port.
 */
export class Plant {
  readonly #copies: (BuiltService | undefined)[];
  readonly #restarts = new Set<Promise<void>>();
  #isStopped = false;

  private constructor(
    readonly dataDir: string,
    copies: readonly BuiltService[],
    readonly adminKey: string,
  ) {
    this.#copies = [...copies];
  }

  static async start(dataDir: string, copies: number): Promise<Plant> {
    const started: BuiltService[] = [];
    for (let copy = 0; copy < copies; copy += 1) started.push(await startBuiltService(dataDir));
    const adminKey = (await readFile(join(dataDir, 'admin.key'), 'utf8')).trim();
    return new Plant(dataDir, started, adminKey);
  }

  /** Calls any copy that is up. Errors: those of `fetch`, also when none is up. */
  readonly call: Call = async (...request) => {
    const up = this.#copies.filter((copy) => copy !== undefined);
    const copy = up[Math.floor(Math.random() * up.length)];
    if (!copy) throw new Error('no copy is up');
    return await copy.call(...request);
  };

  /** The TLS port of a copy that is up, 0 when none is. */
  get tlsPort(): number {
    const up = this.#copies.find((copy) => copy !== undefined);
    return up ? Number(new URL(up.https).port) : 0;
  }

  /** Kills a copy with SIGKILL and lets it come back. Shape: false when none is up. */
  kill(): boolean {
    const index = this.#copies.findIndex((copy) => copy !== undefined);
    const copy = this.#copies[index];
    if (!copy) return false;
    this.#copies[index] = undefined;
    const restart = this.#restart(index, copy).finally(() => this.#restarts.delete(restart));
    this.#restarts.add(restart);
    return true;
  }

  async isReady(): Promise<boolean> {
    const answer = await this.call('GET', '/health/ready').catch(() => undefined);
    return answer?.status === 200;
  }

  /** Waits until every copy is up again. */
  async settle(): Promise<void> {
    while (this.#restarts.size > 0) await Promise.all(this.#restarts);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.settle();
    for (const copy of this.#copies) await copy?.end('SIGTERM');
    await removeEmbeddedPostgres(this.dataDir);
  }

  async #restart(index: number, copy: BuiltService): Promise<void> {
    await copy.end('SIGKILL');
    while (!this.#isStopped) {
      try {
        this.#copies[index] = await startBuiltService(this.dataDir);
        return;
      } catch {
        // The database may be away for longer than a start waits.
        await delay(100);
      }
    }
  }
}
