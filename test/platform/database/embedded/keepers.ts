import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { startEmbeddedPostgres } from '../../../../src/platform/database/embedded/embedded-postgres.js';
import type { EmbeddedPostgres } from '../../../../src/platform/database/embedded/embedded-postgres.js';
import { removeEmbeddedPostgres } from '../../../../src/platform/database/embedded/place.js';
import { clusterPath, postmasterPid } from '../../../support/cluster.js';

/** A data directory, and everything of it that must be gone after the test. */
export class Bench {
  readonly events: string[] = [];
  #waiting: { readonly event: string; readonly resolve: () => void }[] = [];
  #children: ChildProcess[] = [];
  #keepers: EmbeddedPostgres[] = [];

  private constructor(
    private readonly root: string,
    readonly dataDir: string,
  ) {}

  /** Shape: `inside` names folders below the temporary one, made by the service itself. */
  static async open(inside = ''): Promise<Bench> {
    const root = await mkdtemp(join(tmpdir(), 'triplemint-keeper-'));
    await chmod(root, 0o711);
    return new Bench(root, join(root, inside, 'data'));
  }

  async chmodRoot(mode: number): Promise<void> {
    await chmod(this.root, mode);
  }

  /** Runs the embedded server from this process. */
  async start(settings: Readonly<Record<string, string>> = {}): Promise<EmbeddedPostgres> {
    const keeper = await startEmbeddedPostgres({
      dataDir: this.dataDir,
      log: (event) => {
        this.#note(event);
      },
      settings: { fsync: 'off', ...settings },
    });
    this.#keepers.push(keeper);
    return keeper;
  }

  /** Runs the embedded server from a process of its own. */
  async spawn(): Promise<KeeperProcess> {
    const script = fileURLToPath(new URL('./keeper-process.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', script, this.dataDir], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#children.push(child);
    return await KeeperProcess.whenReady(child);
  }

  /** Resolves when the service has logged an event. */
  async whenLogged(event: string): Promise<void> {
    if (this.events.includes(event)) return;
    await new Promise<void>((resolve) => {
      this.#waiting.push({ event, resolve });
    });
  }

  async clusterPath(): Promise<string> {
    return await clusterPath(this.dataDir);
  }

  async postmasterPid(): Promise<number> {
    return await postmasterPid(this.dataDir);
  }

  /** Every living process that works in the cluster. Linux only. */
  async processes(): Promise<number[]> {
    const cluster = await this.clusterPath();
    const found: number[] = [];
    for (const name of await readdir('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      const folder = await readlink(`/proc/${name}/cwd`).catch(() => undefined);
      if (folder === cluster) found.push(Number(name));
    }
    return found;
  }

  /** Waits until no process of the cluster is left; the test's own time-out is the limit. */
  async whenNoProcessIsLeft(): Promise<void> {
    while ((await this.processes()).length > 0) await delay(10);
  }

  /** Stops everything; the cluster stays for the next test. */
  async rest(): Promise<void> {
    for (const child of this.#children.splice(0)) await kill(child);
    for (const keeper of this.#keepers.splice(0)) await keeper.stop();
    // Adopts what a test has left behind, and stops it.
    if ((await this.processes()).length > 0) await (await this.start()).stop();
    await this.whenNoProcessIsLeft();
    this.events.splice(0);
  }

  async close(): Promise<void> {
    await this.chmodRoot(0o711);
    await this.rest();
    await removeEmbeddedPostgres(this.dataDir);
    await rm(this.root, { recursive: true, force: true });
  }

  #note(event: string): void {
    this.events.push(event);
    for (const waiter of this.#waiting.filter((w) => w.event === event)) waiter.resolve();
    this.#waiting = this.#waiting.filter((w) => w.event !== event);
  }
}

/** A process that runs the embedded server. */
export class KeeperProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async whenReady(child: ChildProcess): Promise<KeeperProcess> {
    let trouble = '';
    child.stderr?.on('data', (chunk: Buffer) => (trouble += chunk.toString()));
    if (!child.stdout) throw new Error('no output');
    for await (const line of createInterface({ input: child.stdout })) {
      const said = JSON.parse(line) as { event: string; url?: string };
      if (said.event === 'ready') return new KeeperProcess(child, said.url ?? '');
    }
    throw new Error(`the process ended before it was ready: ${trouble}`);
  }

  /** Asks it to stop as a supervisor does; resolves with its exit code. */
  async terminate(): Promise<number | null> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    const [code] = (await exited) as [number | null];
    return code;
  }

  async kill(): Promise<void> {
    await kill(this.child);
  }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
