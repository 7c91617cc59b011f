import { assertRight } from './bench.js';
import type { Bench } from './bench.js';
import { startChild } from './child.js';
import type { Finding } from './finding.js';
import { floorTable, makeFloorTable } from './floors/device-table.js';
import type { FloorSettings } from './floors/http-registration.js';
import type { WaveResult } from './load/wave.js';
import { assertRegistered, naming, startRegistrar } from './registrar.js';
import type { Side } from './registrar.js';
import type { BenchDatabase, BenchServer } from './server.js';
import { fleetSize, sideBySide } from './side-by-side.js';
import { startLoad } from './waves.js';

const inFlight = 64;
/** Connections of the floor's pool: as many as the service may use. */
const floorConnections = 20;

/**
 * Measures HTTP registrations of fresh devices, floor and service in turn.
 *
 * Errors: an answer that is not the triple asked for; counters or history that do not fit.
 */
export async function benchHttpRegistration(bench: Bench, server: BenchServer): Promise<Finding[]> {
  const size = bench.isQuick ? { rounds: 3, perRound: 4_000 } : { rounds: 7, perRound: 20_000 };
  const total = fleetSize(size);
  const registrar = await startRegistrar(bench, server, 'bench_http', total);
  const { database, service, product } = registrar;
  const floor = await startFloor(bench, database, total);
  const ours: Side = { port: service.ports.http, ...product };
  const load = startLoad(bench, database);
  const wave =
    ({ port, ...fleet }: Side) =>
    (from: number): Promise<WaveResult> =>
      load({
        port,
        inFlight,
        connections: 'kept',
        wish: {
          kind: 'http-registration',
          fleet: { ...fleet, ...naming, from, count: size.perRound },
        },
      });
  const finding = await sideBySide(bench, {
    work: `HTTP registrations, ${inFlight} in flight`,
    atLeast: 1.8,
    ...size,
    floor: wave(floor),
    ours: wave(ours),
  });
  await assertFloor(database, total);
  await assertRegistered(registrar);
  await service.stop();
  return [finding];
}

async function startFloor(bench: Bench, database: BenchDatabase, total: number): Promise<Side> {
  const product = { productKey: 'floorKey001', productSecret: 'floorSecret00001' };
  const { orderId, productId } = await makeFloorTable(database);
  await database.query(
    `INSERT INTO ${floorTable} (order_id, product_id, name)
     SELECT $1, $2, $3::text || lpad(n::text, $4, '0') FROM generate_series(1, $5::integer) n`,
    [orderId, productId, naming.prefix, naming.width, total],
  );
  await database.query('VACUUM (ANALYZE)');
  const file = new URL('./floors/http-registration.ts', import.meta.url);
  const { url } = database;
  const settings: FloorSettings = { url, productId, ...product, connections: floorConnections };
  return { port: await startChild(file, bench.cleanup).ask<number>(settings), ...product };
}

async function assertFloor(database: BenchDatabase, total: number): Promise<void> {
  const [floor] = await database.query<{ issued: number }>(
    `SELECT count(*)::integer AS issued FROM ${floorTable} WHERE state = 'issued'`,
  );
  assertRight(floor?.issued === total, `the floor issued ${floor?.issued ?? 0} of ${total}`);
}
