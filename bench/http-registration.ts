import { assertRight } from './bench.js';
import type { Bench } from './bench.js';
import { startChild } from './child.js';
import type { Child } from './child.js';
import { median, shown } from './figures.js';
import type { Finding } from './finding.js';
import { floorTable, makeFloorTable } from './floors/device-table.js';
import type { FloorSettings } from './floors/http-registration.js';
import type { WaveResult } from './load/http-load.js';
import type { Wave } from './load/requests.js';
import { mintOrder } from './minting.js';
import { awaitQuiet } from './quiet.js';
import type { BenchDatabase, BenchServer } from './server.js';
import { startService } from './service.js';

const inFlight = 64;
/** Connections of the floor's pool: as many as the service may use. */
const floorConnections = 20;
const naming = { prefix: 'BENCH_', width: 8 };

/** One side of the comparison: where its devices are and who answers for them. */
interface Side {
  readonly port: number;
  readonly productKey: string;
  readonly productSecret: string;
}

interface Field {
  readonly database: BenchDatabase;
  readonly load: Child;
  readonly floor: Side;
  readonly ours: Side;
  readonly orderId: string;
}

/**
 * Measures HTTP registrations of fresh devices, floor and service in turn.
 *
 * Errors: an answer that is not the triple asked for; counters or history that do not fit.
 */
export async function benchHttpRegistration(bench: Bench, server: BenchServer): Promise<Finding> {
  const rounds = bench.isQuick ? 3 : 7;
  const perRound = bench.isQuick ? 4_000 : 20_000;
  // The first round is a warm-up: compilers, connections, prepared plans.
  const total = perRound * (rounds + 1);
  const field = await prepareField(bench, server, total);
  const floor: WaveResult[] = [];
  const ours: WaveResult[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const from = 1 + round * perRound;
    const byFloor = await wave(field, field.floor, from, perRound);
    const byOurs = await wave(field, field.ours, from, perRound);
    const rates = `${shown(perRound / byFloor.seconds)}/s, ours ${shown(perRound / byOurs.seconds)}/s`;
    bench.say(`  round ${round || 'warm-up'}: floor ${rates}`);
    if (round === 0) continue;
    floor.push(byFloor);
    ours.push(byOurs);
  }
  await assertCounted(field, total);
  return findingOf(perRound, floor, ours);
}

async function prepareField(bench: Bench, server: BenchServer, total: number): Promise<Field> {
  const database = await server.createDatabase('bench_http');
  const service = await startService(bench.cleanup, {
    DATA_DIR: server.folder,
    DATABASE_URL: database.url,
  });
  bench.say(`  minting ${shown(total)} devices for each side`);
  const product = await service.api.post<{ productKey: string; productSecret: string }>(
    '/products',
    { name: 'bench', registration: { mode: 'preregistered', allowPlaintext: true } },
  );
  const { orderId } = await mintOrder(service.api, product.productKey, total, naming);
  const floorProduct = { productKey: 'floorKey001', productSecret: 'floorSecret00001' };
  const productId = await fillFloor(database, total);
  await database.query('VACUUM (ANALYZE)');
  const load = startChild(new URL('./load/http-load.ts', import.meta.url), bench.cleanup);
  const floor = startChild(
    new URL('./floors/http-registration.ts', import.meta.url),
    bench.cleanup,
  );
  const { url } = database;
  const settings: FloorSettings = {
    url,
    productId,
    ...floorProduct,
    connections: floorConnections,
  };
  const floorPort = await floor.ask<number>(settings);
  return {
    database,
    load,
    floor: { port: floorPort, ...floorProduct },
    ours: { port: service.httpPort, ...product },
    orderId,
  };
}

async function fillFloor(database: BenchDatabase, total: number): Promise<number> {
  const { orderId, productId } = await makeFloorTable(database);
  await database.query(
    `INSERT INTO ${floorTable} (order_id, product_id, name)
     SELECT $1, $2, $3::text || lpad(n::text, $4, '0') FROM generate_series(1, $5::integer) n`,
    [orderId, productId, naming.prefix, naming.width, total],
  );
  return productId;
}

async function wave(field: Field, side: Side, from: number, count: number): Promise<WaveResult> {
  // No round pays for the checkpoint of another.
  await field.database.query('CHECKPOINT');
  await awaitQuiet();
  const order: Wave = { ...side, ...naming, from, count, inFlight };
  const result = await field.load.ask<WaveResult>(order);
  assertRight(result.wrong === 0, `${result.wrong} answers, the first: ${result.firstWrong ?? ''}`);
  assertRight(result.secrets === count, `${result.secrets} secrets for ${count} devices`);
  return result;
}

async function assertCounted({ database, orderId }: Field, total: number): Promise<void> {
  const [floor] = await database.query<{ issued: number }>(
    `SELECT count(*)::integer AS issued FROM ${floorTable} WHERE state = 'issued'`,
  );
  assertRight(floor?.issued === total, `the floor issued ${floor?.issued ?? 0} of ${total}`);
  const [told] = await database.query<Record<string, number>>(
    `SELECT (SELECT issued FROM order_count WHERE order_id = $1) AS counted,
       (SELECT shown FROM order_count WHERE order_id = $1) AS shown,
       (SELECT count(*)::integer FROM device WHERE order_id = $1 AND state = 'issued') AS issued,
       count(*)::integer AS events, count(DISTINCT device_name)::integer AS devices
     FROM audit_event WHERE action = 'device.registered' AND NOT detail ? 'repeat'`,
    [Number(orderId.replace('ord-', ''))],
  );
  for (const [what, count] of Object.entries(told ?? {})) {
    assertRight(count === total, `${what} is ${count}, and ${total} devices were registered`);
  }
}

function findingOf(
  perRound: number,
  floor: readonly WaveResult[],
  ours: readonly WaveResult[],
): Finding {
  const rate = (waves: readonly WaveResult[]): number =>
    perRound / median(waves.map(({ seconds }) => seconds));
  const figure = rate(ours) / rate(floor);
  const side = (waves: readonly WaveResult[]): string =>
    `${shown(rate(waves))}/s, p50 ${shown(median(waves.map((w) => w.p50Ms)))} ms, ` +
    `p99 ${shown(median(waves.map((w) => w.p99Ms)))} ms`;
  return {
    work: `HTTP registrations, ${inFlight} in flight`,
    floor: side(floor),
    ours: side(ours),
    figure,
    shown: `${shown(figure)} x`,
    target: { atLeast: 1.8 },
    rounds: floor.map((byFloor, index) => ({
      floorPerSecond: perRound / byFloor.seconds,
      oursPerSecond: perRound / (ours[index]?.seconds ?? Number.NaN),
      floorP99Ms: byFloor.p99Ms,
      oursP99Ms: ours[index]?.p99Ms ?? Number.NaN,
    })),
  };
}
