import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Api } from '../src/commands/api-client.js';
import { assertRight } from './bench.js';
import type { Bench } from './bench.js';
import { startChild } from './child.js';
import type { Child } from './child.js';
import { startAgent } from './jig-agent.js';
import type { ModulesReport, ModulesWish } from './load/modules.js';
import { mintOrder } from './minting.js';
import { openPtys } from './ptys.js';
import type { BenchDatabase, BenchServer } from './server.js';
import { startService } from './service.js';
import type { Service } from './service.js';

/** How long a module is deaf after its restart, once in a cycle. Units: ms. */
export const bootMs = 150;
/** More triples than all cycles use. */
const quantity = 2_000;

/** How the modules are reached. */
export type WireKind = 'TCP' | 'ptys';
/** Who runs the jig. */
export type RunnerKind = 'POST /runs' | 'agent';

/** A line with a jig, its service and its modules. */
export interface Line {
  readonly bench: Bench;
  readonly folder: string;
  readonly database: BenchDatabase;
  readonly service: Service;
  readonly modules: Child;
  readonly orderId: string;
  readonly stationId: string;
  readonly key: string;
}

/** Whoever runs the jig. Shape: `run` closes it once and tells how many slots passed. */
export interface Runner {
  readonly pid: number;
  run(): Promise<{ readonly ms: number; readonly passes: number }>;
  end(): Promise<void>;
}

/** One closing of the jig. Units: ms with the boot of the modules taken off; bytes of the busiest slot. */
export interface Cycle {
  readonly ms: number;
  readonly bytes: number;
}

/** Starts a service with a line, and the process of its modules. */
export async function openLine(bench: Bench, server: BenchServer): Promise<Line> {
  const database = await server.createDatabase('bench_jig');
  const { folder } = server;
  const service = await startService(bench.cleanup, {
    DATA_DIR: folder,
    DATABASE_URL: database.url,
  });
  const { api } = service;
  const { productKey } = await api.post<{ productKey: string }>('/products', { name: 'bench' });
  const naming = { prefix: 'JIG_', width: 8 };
  const { orderId } = await mintOrder(api, productKey, quantity, naming, 'device-secret');
  const { stationId, key } = await api.post<{ stationId: string; key: string }>('/stations', {
    name: 'jig',
  });
  const modules = startChild(new URL('./load/modules.ts', import.meta.url), bench.cleanup);
  return { bench, folder, database, service, modules, orderId, stationId, key };
}

/** Starts modules and the wires to them. Shape: undefined where this machine has no such wires. */
export async function openWire(
  { bench, modules }: Line,
  wire: WireKind,
  wish: ModulesWish,
): Promise<{ ports: readonly string[]; end(): Promise<void> } | undefined> {
  const { ports } = await modules.ask<ModulesReport>({ wish });
  if (wire === 'TCP') {
    return { ports: ports.map((port) => `tcp://127.0.0.1:${port}`), end: () => Promise.resolve() };
  }
  const ptys = await openPtys(bench.cleanup, ports);
  const { baudRate } = wish;
  return ptys && { ...ptys, ports: ptys.paths.map((path) => `serial://${path}?baud=${baudRate}`) };
}

/** Starts whoever runs the jig at these ports. */
export async function startRunner(
  line: Line,
  kind: RunnerKind,
  ports: readonly string[],
): Promise<Runner> {
  const { service, bench, orderId, stationId, key, folder } = line;
  const wired = ports.map((port, index) => ({ slot: index + 1, port, dialect: 'lierda-lmqtt' }));
  if (kind === 'agent') {
    const [slotsFile, keyFile] = [join(folder, 'slots.json'), join(folder, 'station.key')];
    await writeFile(slotsFile, JSON.stringify(wired));
    await writeFile(keyFile, key, { mode: 0o600 });
    const server = `https://127.0.0.1:${service.ports.tls}`;
    const place = ['--server', server, '--ca-file', service.caPath, '--key-file', keyFile];
    const work = ['--order', orderId, '--slots', slotsFile];
    return await startAgent(bench.cleanup, [...place, ...work], folder);
  }
  await service.api.put(`/stations/${stationId}/slots`, wired);
  const api = new Api(`http://127.0.0.1:${service.ports.http}`, key);
  const run = (): ReturnType<Runner['run']> => runByService(api, orderId);
  return { pid: service.pid, run, end: () => Promise.resolve() };
}

/** From the request to the event of the end, as a line controller sees it. */
async function runByService(
  api: Api,
  orderId: string,
): Promise<{ readonly ms: number; readonly passes: number }> {
  const startedAt = performance.now();
  const { runId } = await api.post<{ runId: string }>('/runs', { orderId });
  let passes = 0;
  for (let after = 0, isOver = false; !isOver;) {
    const page = await api.get<{
      events: readonly { readonly outcome?: string }[];
      next: number;
      isOver: boolean;
    }>(`/runs/${runId}/events/poll?after=${after}&waitSeconds=20`);
    ({ next: after, isOver } = page);
    passes += page.events.filter(({ outcome }) => outcome === 'PASS').length;
  }
  return { ms: performance.now() - startedAt, passes };
}

/** Puts fresh modules in, closes the jig once and looks at what they hold. */
export async function closeJig(line: Line, runner: Runner, count: number): Promise<Cycle> {
  await line.modules.ask({ fresh: true });
  const { ms, passes } = await runner.run();
  const report = await line.modules.ask<ModulesReport>({});
  assertRight(passes === count, `${passes} of ${count} slots passed`);
  const held = new Set(report.deviceNames);
  assertRight(held.size === count, `${count} modules hold ${held.size} triples`);
  const [row] = await line.database.query<{ confirmed: number }>(
    `SELECT count(*)::integer AS confirmed FROM device
      WHERE name = ANY($1) AND state = 'confirmed'`,
    [[...held]],
  );
  assertRight(row?.confirmed === count, `${row?.confirmed ?? 0} of ${count} are confirmed`);
  assertRight(
    report.restarts.every((restarts) => restarts === 1),
    'every module restarts once',
  );
  return { ms: ms - bootMs, bytes: Math.max(...report.carriedBytes) };
}
