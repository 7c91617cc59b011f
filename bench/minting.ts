import { Readable } from 'node:stream';
import { poll } from '../src/commands/api-client.js';
import type { Api } from '../src/commands/api-client.js';
import { assertRight } from './bench.js';
import type { Bench } from './bench.js';
import { median, shown } from './figures.js';
import type { Finding } from './finding.js';
import { makeFloorTable } from './floors/device-table.js';
import { mintByFloor } from './floors/minting.js';
import { awaitQuiet } from './quiet.js';
import type { BenchDatabase, BenchServer } from './server.js';
import { startService } from './service.js';

const pollEveryMs = 25;

/** An order as far as the bench looks at it. */
interface Order {
  readonly orderId: string;
  readonly state: string;
  readonly minted: number;
  readonly free: number;
}

/** Places an order of a sequence and waits until it is open. Units: seconds since it was sent. */
export async function mintOrder(
  api: Api,
  productKey: string,
  quantity: number,
  naming: { readonly prefix: string; readonly width: number },
  provisioning: 'product-secret' | 'device-secret' = 'product-secret',
): Promise<{ readonly orderId: string; readonly seconds: number }> {
  const startedAt = performance.now();
  const { orderId } = await api.post<Order>(`/products/${productKey}/orders`, {
    quantity,
    naming: { kind: 'sequence', start: 1, ...naming },
    provisioning,
  });
  return { orderId, seconds: await minted(api, orderId, quantity, startedAt) };
}

/** Waits until an order is open. Units: seconds since it was placed. */
async function minted(
  api: Api,
  orderId: string,
  quantity: number,
  startedAt: number,
): Promise<number> {
  const order = await poll(
    () => api.get<Order>(`/orders/${orderId}`),
    ({ state }) => state !== 'minting',
    pollEveryMs,
  );
  const seconds = (performance.now() - startedAt) / 1000;
  assertRight(order.state === 'open', `the order is ${order.state}`);
  assertRight(order.minted === quantity && order.free === quantity, `${order.minted} were minted`);
  return seconds;
}

/** A kind of naming, and how an order of it is minted. Units: answers seconds. */
interface Way {
  readonly name: string;
  readonly atMost: number;
  readonly mint: (api: Api, productKey: string, quantity: number) => Promise<number>;
}

const ways: readonly Way[] = [
  {
    name: 'sequence',
    atMost: 1.1,
    mint: async (api, productKey, quantity) =>
      (await mintOrder(api, productKey, quantity, { prefix: 'MINT_', width: 8 })).seconds,
  },
  {
    name: 'random',
    atMost: 1.5,
    mint: async (api, productKey, quantity) => {
      const naming = { kind: 'random', prefix: 'MINT_', length: 12 };
      const terms = { naming, quantity, provisioning: 'product-secret' };
      const startedAt = performance.now();
      const { orderId } = await api.post<Order>(`/products/${productKey}/orders`, terms);
      return await minted(api, orderId, quantity, startedAt);
    },
  },
  {
    // From the moment that the list is there as a whole: how fast it comes is not ours to say.
    name: 'list',
    atMost: 1.5,
    mint: async (api, productKey, quantity) => {
      const path = `/products/${productKey}/orders?provisioning=product-secret`;
      const { orderId } = await api.upload<Order>(path, Readable.from(listOf(quantity)));
      return await minted(api, orderId, quantity, performance.now());
    },
  },
];

/** The names of the sequence, as a file. */
function* listOf(quantity: number): Generator<string> {
  yield 'deviceName\n';
  for (let from = 1; from <= quantity; from += 1_000) {
    const count = Math.min(1_000, quantity - from + 1);
    const numbers = Array.from({ length: count }, (_, index) => String(from + index));
    yield numbers.map((number) => `MINT_${number.padStart(8, '0')}\n`).join('');
  }
}

/** Measures the minting of one large order of each kind, each time on an empty database. */
export async function benchMinting(bench: Bench, server: BenchServer): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const way of ways) findings.push(await benchWay(bench, server, way));
  return findings;
}

async function benchWay(bench: Bench, server: BenchServer, way: Way): Promise<Finding> {
  const quantity = bench.isQuick ? 100_000 : 1_000_000;
  const rounds = bench.isQuick ? 3 : 5;
  const floor: number[] = [];
  const ours: number[] = [];
  // The first round is a warm-up: PostgreSQL has to make the files of its log once.
  for (let round = 0; round <= rounds; round += 1) {
    const seconds = await mintOnce(bench, server, way, round, quantity);
    const both = `floor ${shown(seconds.floor)} s, ours ${shown(seconds.ours)} s`;
    bench.say(`  ${way.name}, round ${round || 'warm-up'}: ${both}`);
    if (round === 0) continue;
    floor.push(seconds.floor);
    ours.push(seconds.ours);
  }
  const figure = median(ours) / median(floor);
  const side = (seconds: number): string => `${shown(seconds)} s, ${shown(quantity / seconds)}/s`;
  return {
    work: `minting ${quantity.toLocaleString('en-GB')} triples, ${way.name}`,
    floor: side(median(floor)),
    ours: side(median(ours)),
    figure,
    shown: `${shown(figure)} x`,
    target: { atMost: way.atMost },
    rounds: floor.map((seconds, index) => ({
      floorSeconds: seconds,
      oursSeconds: ours[index] ?? Number.NaN,
    })),
  };
}

async function mintOnce(
  { cleanup }: Bench,
  server: BenchServer,
  way: Way,
  round: number,
  quantity: number,
): Promise<{ readonly floor: number; readonly ours: number }> {
  const database = await server.createDatabase(`bench_minting_${way.name}_${round}`);
  const settings = { DATA_DIR: server.folder, DATABASE_URL: database.url };
  const service = await startService(cleanup, settings);
  const byFloor = async (): Promise<number> => {
    const ids = await makeFloorTable(database);
    await database.query('CHECKPOINT');
    await awaitQuiet();
    return await mintByFloor(database, ids, quantity);
  };
  const byOurs = async (): Promise<number> => {
    const { productKey } = await service.api.post<{ productKey: string }>('/products', {
      name: 'bench',
    });
    await database.query('CHECKPOINT');
    await awaitQuiet();
    return await way.mint(service.api, productKey, quantity);
  };
  // In turn, so that neither side has the better place in every round.
  const isFloorFirst = round % 2 === 0;
  const first = await (isFloorFirst ? byFloor : byOurs)();
  const second = await (isFloorFirst ? byOurs : byFloor)();
  await assertMinted(database, quantity);
  await service.stop();
  await database.drop();
  return isFloorFirst ? { floor: first, ours: second } : { floor: second, ours: first };
}

async function assertMinted(database: BenchDatabase, quantity: number): Promise<void> {
  const [count] = await database.query<{ ours: number; floor: number }>(
    `SELECT (SELECT count(*)::integer FROM device WHERE state = 'free') AS ours,
       (SELECT count(*)::integer FROM floor.device WHERE state = 'free') AS floor`,
  );
  const { ours = 0, floor = 0 } = count ?? {};
  assertRight(ours === quantity && floor === quantity, `${ours} by us, ${floor} by the floor`);
}
