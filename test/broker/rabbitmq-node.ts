import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const deployed = join(import.meta.dirname, '..', '..', 'deploy', 'rabbitmq');
const programs = '/usr/lib/rabbitmq/bin';

/** What stands in a file of `deploy/rabbitmq`, and what the test puts there. */
export type Changes = Readonly<Record<string, string>>;

/** A RabbitMQ of a test's own: ports, folder, name, port mapper. */
export class RabbitmqNode {
  readonly #processes: ChildProcess[] = [];
  #output = '';

  private constructor(
    readonly folder: string,
    readonly mqttPort: number,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  /** Prepares a node with the files of `deploy/rabbitmq`; it does not run yet. */
  static async prepare(): Promise<RabbitmqNode> {
    const folder = await mkdtemp(join(tmpdir(), 'triplemint-rabbitmq-'));
    const [mqttPort = 0, amqpPort = 0, distPort = 0, epmdPort = 0] = await freePorts(4);
    await cp(deployed, folder, { recursive: true });
    const node = new RabbitmqNode(folder, mqttPort, {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      ERL_EPMD_PORT: String(epmdPort),
      ERL_EPMD_ADDRESS: '127.0.0.1',
      RABBITMQ_NODENAME: `triplemint-${mqttPort}@localhost`,
      RABBITMQ_DIST_PORT: String(distPort),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
      RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
      RABBITMQ_LOG_BASE: join(folder, 'log'),
      RABBITMQ_LOGS: '-',
      RABBITMQ_CONF_ENV_FILE: join(folder, 'none'),
      RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
      RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, 'advanced.config'),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    });
    await node.substitute({
      '127.0.0.1:11883': `127.0.0.1:${mqttPort}`,
      '127.0.0.1:5672': `127.0.0.1:${amqpPort}`,
      '/etc/rabbitmq': folder,
    });
    return node;
  }

  /** Puts other values into all files of the node. */
  async substitute(changes: Changes): Promise<void> {
    for (const name of await readdir(this.folder)) {
      const path = join(this.folder, name);
      let text = await readFile(path, 'utf8');
      for (const [from, to] of Object.entries(changes)) text = text.replaceAll(from, to);
      await writeFile(path, text);
    }
  }

  /** Runs the node and waits until it serves. Units: about 12 s. */
  async start(): Promise<void> {
    const epmdPort = this.env['ERL_EPMD_PORT'] ?? '';
    this.#run('epmd', ['-port', epmdPort]);
    await listening(Number(epmdPort)); // else the node starts one of its own, which would stay
    const server = this.#run(join(programs, 'rabbitmq-server'), []);
    await new Promise<void>((resolve, reject) => {
      const fail = (): void => {
        reject(new Error(`RabbitMQ did not start:\n${this.#output}`));
      };
      server.once('error', fail).once('exit', fail);
      server.stdout?.on('data', () => {
        if (!this.#output.includes('Server startup complete')) return;
        server.off('exit', fail);
        resolve();
      });
    });
  }

  /** Evaluates an expression of Erlang in the node. Units: about 2 s. */
  async eval(expression: string): Promise<void> {
    const program = this.#run(join(programs, 'rabbitmqctl'), ['eval', expression]);
    const [code] = (await once(program, 'close')) as [number | null];
    if (code !== 0) throw new Error(`rabbitmqctl: ${this.#output}`);
  }

  /** Stops everything and removes the folder. */
  async stop(): Promise<void> {
    for (const child of this.#processes.toReversed()) await end(child);
    await rm(this.folder, { recursive: true, force: true });
  }

  /** A group of its own, so that it can be ended with all its children. */
  #run(program: string, args: readonly string[]): ChildProcess {
    const child = spawn(program, [...args], {
      env: this.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (part: string) => (this.#output += part));
    }
    this.#processes.push(child);
    return child;
  }
}

/** Asks a process to stop, and its whole group if it does not within ten seconds. */
async function end(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => process.kill(-pid, 'SIGKILL'), 10_000);
  await gone;
  clearTimeout(timer);
}

/** Waits until a port is listened on. */
async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 1000; tries += 1) {
    const socket = connect({ host: '127.0.0.1', port });
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => {
        resolve(true);
      });
      socket.once('error', () => {
        setTimeout(resolve, 10, false);
      });
    });
    socket.destroy();
    if (isOpen) return;
  }
  throw new Error('epmd did not start');
}

/** Ports that nobody listens on now. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  }
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
  return ports;
}
