import { assertRight } from './bench.js';
import type { Bench } from './bench.js';
import { startChild } from './child.js';
import { exportOnce, keepExporting } from './exporting.js';
import type { Exported } from './exporting.js';
import { median, shown } from './figures.js';
import type { Finding } from './finding.js';
import type { FloorResult, FloorSettings } from './floors/exporting.js';
import type { Wave, WaveResult } from './load/wave.js';
import { mintOrder } from './minting.js';
import { awaitQuiet } from './quiet.js';
import { naming, startRegistrar } from './registrar.js';
import type { Registrar } from './registrar.js';
import type { BenchServer } from './server.js';
import { startLoad } from './waves.js';

const inFlight = 64;

/** Measures the export of one large order: its time, its memory, and what others feel of it. */
export async function benchExport(bench: Bench, server: BenchServer): Promise<Finding[]> {
  const size = bench.isQuick
    ? { quantity: 100_000, rounds: 3, perWave: 3_000 }
    : { quantity: 1_000_000, rounds: 5, perWave: 15_000 };
  const registrations = 2 * (size.rounds + 1) * size.perWave;
  const registrar = await startRegistrar(bench, server, 'bench_export', registrations);
  const { database, service, product } = registrar;
  bench.say(`  minting ${shown(size.quantity)} devices`);
  const order = { prefix: 'EXPORT_', width: 8 };
  const minted = await mintOrder(service.api, product.productKey, size.quantity, order);
  await database.query('VACUUM (ANALYZE)');
  const { orderId } = minted;
  const findings = [
    ...(await timeAndMemory(bench, registrar, orderId, size)),
    await registrationsMeanwhile(bench, registrar, orderId, size),
  ];
  await service.stop();
  return findings;
}

interface Size {
  readonly quantity: number;
  readonly rounds: number;
  readonly perWave: number;
}

async function timeAndMemory(
  bench: Bench,
  { database, service, product }: Registrar,
  orderId: string,
  { quantity, rounds }: Size,
): Promise<Finding[]> {
  const floor: number[] = [];
  const ours: Exported[] = [];
  const child = startChild(new URL('./floors/exporting.ts', import.meta.url), bench.cleanup);
  const settings: FloorSettings = {
    url: database.url,
    orderId: Number(orderId.replace('ord-', '')),
    productKey: product.productKey,
  };
  for (let round = 0; round <= rounds; round += 1) {
    await awaitQuiet();
    const byFloor = await child.ask<FloorResult>(settings);
    assertRight(byFloor.count === quantity, `the floor derived ${byFloor.count}`);
    await awaitQuiet();
    const byOurs = await exportOnce(service, orderId);
    assertRight(byOurs.count === quantity, `${byOurs.count} triples were exported`);
    const both = `floor ${shown(byFloor.seconds)} s, ours ${shown(byOurs.seconds)} s`;
    bench.say(
      `  round ${round || 'warm-up'}: ${both}, memory + ${shown(byOurs.grownMegabytes)} MB`,
    );
    if (round === 0) continue;
    floor.push(byFloor.seconds);
    ours.push(byOurs);
  }
  await child.end();
  return [timeFinding(quantity, floor, ours), memoryFinding(quantity, ours)];
}

function timeFinding(
  quantity: number,
  floor: readonly number[],
  ours: readonly Exported[],
): Finding {
  const times = ours.map(({ seconds }) => seconds);
  const figure = median(times) / median(floor);
  const side = (seconds: number): string => `${shown(seconds)} s, ${shown(quantity / seconds)}/s`;
  return {
    work: `exporting ${quantity.toLocaleString('en-GB')} as CSV`,
    floor: side(median(floor)),
    ours: side(median(times)),
    figure,
    shown: `${shown(figure)} x`,
    target: { atMost: 1.5 },
    rounds: floor.map((floorSeconds, index) => ({
      floorSeconds,
      oursSeconds: times[index] ?? Number.NaN,
    })),
  };
}

function memoryFinding(quantity: number, ours: readonly Exported[]): Finding {
  const grown = ours.map(({ grownMegabytes }) => grownMegabytes);
  const figure = Math.max(...grown);
  return {
    work: `memory growth while ${quantity.toLocaleString('en-GB')} are exported`,
    floor: '-',
    ours: `${shown(figure)} MB at most`,
    figure,
    shown: `${shown(figure)} MB`,
    target: { atMost: 64 },
    rounds: grown.map((megabytes) => ({ megabytes })),
  };
}

/** Registrations alone and while exports run, in turns, on the same service. */
async function registrationsMeanwhile(
  bench: Bench,
  { database, service, product }: Registrar,
  orderId: string,
  { rounds, perWave }: Size,
): Promise<Finding> {
  const load = startLoad(bench, database);
  const busyLoad = startLoad(bench, database, { isQuiet: false });
  const wave = (from: number): Wave => ({
    port: service.ports.http,
    inFlight,
    connections: 'kept',
    wish: { kind: 'http-registration', fleet: { ...product, ...naming, from, count: perWave } },
  });
  const alone: WaveResult[] = [];
  const meanwhile: WaveResult[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const from = 1 + 2 * round * perWave;
    const byItself = await load(wave(from));
    const exporting = keepExporting(service, orderId);
    const beside = await busyLoad(wave(from + perWave));
    await exporting.stop();
    const both = `p99 ${shown(byItself.p99Ms)} ms alone, ${shown(beside.p99Ms)} ms meanwhile`;
    bench.say(`  round ${round || 'warm-up'}: ${both}`);
    if (round === 0) continue;
    alone.push(byItself);
    meanwhile.push(beside);
  }
  const p99 = (waves: readonly WaveResult[]): number => median(waves.map(({ p99Ms }) => p99Ms));
  const figure = p99(meanwhile) / p99(alone);
  return {
    work: `HTTP registrations while an order is exported, p99`,
    floor: `alone ${shown(p99(alone))} ms`,
    ours: `${shown(p99(meanwhile))} ms`,
    figure,
    shown: `${shown(figure)} x`,
    target: { atMost: 2 },
    rounds: alone.map((one, index) => ({
      aloneP99Ms: one.p99Ms,
      meanwhileP99Ms: meanwhile[index]?.p99Ms ?? Number.NaN,
    })),
  };
}
