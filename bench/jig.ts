import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Api } from '../src/commands/api-client.js';
import { assertRight } from './bench.js';
import type { Bench } from './bench.js';
import { startChild } from './child.js';
import type { Child } from './child.js';
import { median, shown } from './figures.js';
import type { Finding } from './finding.js';
import { startAgent } from './jig-agent.js';
import type { ModulesReport, ModulesWish } from './load/modules.js';
import { mintOrder } from './minting.js';
import { processorSeconds, residentMegabytes } from './process.js';
import { openPtys } from './ptys.js';
import { awaitQuiet } from './quiet.js';
import type { BenchDatabase, BenchServer } from './server.js';
import { startService } from './service.js';
import type { Service } from './service.js';

const slots = 16;
/** Slots whose cost to the process of the jig is reported. */
const manySlots = 64;
/** How long a module is deaf after its restart, once in a cycle. Units: ms. */
const bootMs = 150;
const bitsPerByte = 10;
/** Units: ms between two looks at the memory. */
const lookMs = 50;

/** A line with a jig, its service and its modules. */
interface Line {
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
interface Runner {
  readonly pid: number;
  run(): Promise<{ readonly ms: number; readonly passes: number }>;
  end(): Promise<void>;
}

/** One closing of the jig. Units: ms with the boot of the modules taken off; bytes of the busiest slot. */
interface Cycle {
  readonly ms: number;
  readonly bytes: number;
}

/** How a jig is measured. */
interface Contest {
  readonly wire: 'TCP' | 'ptys';
  readonly baudRate: number;
  readonly runner: 'POST /runs' | 'agent';
}

/** Measures the cycle of a jig against what one slot puts on its wire, and what 64 slots cost. */
export async function benchJig(bench: Bench, server: BenchServer): Promise<Finding[]> {
  const line = await openLine(bench, server);
  const findings: Finding[] = [];
  for (const baudRate of [9_600, 115_200]) {
    for (const wire of ['TCP', 'ptys'] as const) {
      const ports = await openWire(line, wire, { slots, baudRate, bootMs });
      if (!ports) {
        bench.say('  ptys left out: there is no socat');
        continue;
      }
      for (const runner of ['POST /runs', 'agent'] as const) {
        findings.push(await measure(line, { wire, baudRate, runner }, ports.ports));
      }
      await ports.end();
    }
  }
  findings.push(await costOfMany(line));
  await line.service.stop();
  return findings;
}

async function openLine(bench: Bench, server: BenchServer): Promise<Line> {
  const database = await server.createDatabase('bench_jig');
  const { folder } = server;
  const service = await startService(bench.cleanup, {
    DATA_DIR: folder,
    DATABASE_URL: database.url,
  });
  const { api } = service;
  const { productKey } = await api.post<{ productKey: string }>('/products', { name: 'bench' });
  const naming = { prefix: 'JIG_', width: 8 };
  const { orderId } = await mintOrder(api, productKey, 2_000, naming, 'device-secret');
  const { stationId, key } = await api.post<{ stationId: string; key: string }>('/stations', {
    name: 'jig',
  });
  const modules = startChild(new URL('./load/modules.ts', import.meta.url), bench.cleanup);
  return { bench, folder, database, service, modules, orderId, stationId, key };
}

/** Starts modules and the wires to them. Shape: undefined where this machine has no such wires. */
async function openWire(
  { bench, modules }: Line,
  wire: Contest['wire'],
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

async function measure(line: Line, contest: Contest, ports: readonly string[]): Promise<Finding> {
  const { bench } = line;
  const { wire, baudRate } = contest;
  const rounds = bench.isQuick ? 2 : 7;
  const runner = await startRunner(line, contest.runner, ports);
  const cycles: Cycle[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    await awaitQuiet();
    const cycle = await closeJig(line, runner, ports.length);
    if (round > 0) cycles.push(cycle);
  }
  await runner.end();
  const work = `jig of ${slots} at ${baudRate} baud over ${wire}, ${contest.runner}`;
  const finding = findingOf(work, baudRate, cycles);
  bench.say(`  ${work}: ${finding.ours}, the wire ${finding.floor}`);
  return finding;
}

async function startRunner(
  line: Line,
  kind: Contest['runner'],
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
async function closeJig(line: Line, runner: Runner, count: number): Promise<Cycle> {
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

function findingOf(work: string, baudRate: number, cycles: readonly Cycle[]): Finding {
  const wireMs = ({ bytes }: Cycle): number => (bytes * bitsPerByte * 1000) / baudRate;
  const figure = median(cycles.map((cycle) => cycle.ms / wireMs(cycle)));
  const bytes = median(cycles.map((cycle) => cycle.bytes));
  return {
    work,
    floor: `${shown(median(cycles.map(wireMs)))} ms (${shown(bytes)} bytes)`,
    ours: `${shown(median(cycles.map(({ ms }) => ms)))} ms`,
    figure,
    shown: `${shown(figure)} x`,
    ...(baudRate === 9_600 ? { target: { atMost: 1.15 } } : {}),
    rounds: cycles.map((cycle) => ({ ...cycle, wireMs: wireMs(cycle) })),
  };
}

/** What 64 slots at once cost the service: processor time and memory, its database left out. */
async function costOfMany(line: Line): Promise<Finding> {
  const wish = { slots: manySlots, baudRate: 9_600, bootMs };
  const { ports = [] } = (await openWire(line, 'TCP', wish)) ?? {};
  const runner = await startRunner(line, 'POST /runs', ports);
  await closeJig(line, runner, manySlots);
  await awaitQuiet();
  const before = await residentMegabytes(runner.pid);
  const usedBefore = await processorSeconds(runner.pid);
  let most = before;
  const watch = setInterval(() => {
    void residentMegabytes(runner.pid).then((size) => (most = Math.max(most, size)));
  }, lookMs);
  const cycle = await closeJig(line, runner, manySlots);
  clearInterval(watch);
  const seconds = (await processorSeconds(runner.pid)) - usedBefore;
  const wireMs = (cycle.bytes * bitsPerByte * 1000) / wish.baudRate;
  const ours =
    `${shown(seconds)} s of one core, ${shown(most)} MB (${shown(most - before)} MB more), ` +
    `${shown(cycle.ms)} ms`;
  line.bench.say(`  ${manySlots} slots: ${ours}`);
  return {
    work: `jig of ${manySlots} at 9600 baud over TCP: processor and memory of the service`,
    floor: `${shown(wireMs)} ms`,
    ours,
    figure: seconds,
    shown: `${shown(cycle.ms / wireMs)} x`,
    rounds: [{ seconds, megabytes: most, moreMegabytes: most - before, ms: cycle.ms, wireMs }],
  };
}
