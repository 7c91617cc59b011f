import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshImei, makeBench } from '../stations/bench.js';
import type { Grant } from '../stations/bench.js';
import { exportTriples, makeOrder, makeProduct } from '../support/orders.js';
import type { MadeProduct } from '../support/orders.js';
import { adminKey, startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { operationsOf } from '../platform/http/routes.js';
import type { OpenApiDocument } from '../platform/http/routes.js';
import { makeKey } from './keys-api.js';
import { roleMatrix } from './role-matrix.js';

let service: TestService;
/** Every secret that the database knows something of, and where it comes from. */
const secrets = new Map<string, string>();
/** What is put for the parameters of a path, first what fits best. */
let things: Readonly<Record<string, readonly string[]>>;
let stationId: string;

beforeAll(async () => {
  service = await startTestService();
  const product = await makeProduct(service);
  const line = await makeLine(product);
  stationId = line.stationId;
  things = {
    productKey: [product.productKey],
    deviceName: line.deviceNames,
    identity: [line.imei],
    id: [line.orderId, line.stationId, line.claimId, line.runId, 'key-1'],
  };
  secrets.set(adminKey, 'admin key');
}, 60_000);
afterAll(async () => {
  await service.stop();
});

/** An order with everything that can happen to its triples. */
async function makeLine(product: MadeProduct) {
  secrets.set(product.productSecret, 'product secret');
  const rotated = await service.call<MadeProduct>(
    'POST',
    `/api/v1/products/${product.productKey}/secret/rotate`,
    {},
  );
  secrets.set(rotated.body.productSecret, 'rotated product secret');
  const order = await makeOrder(service, product.productKey, { quantity: 8 });
  const triples = await exportTriples(service, order.orderId);
  for (const secret of triples.values()) secrets.set(secret, 'device secret');
  const bench = await makeBench(service);
  secrets.set(bench.key, 'station key');
  const imei = freshImei();
  const { body: grant } = await bench.claim(order.orderId, { imei });
  await bench.confirm(grant);
  const { body: failed } = await bench.claim(order.orderId, { imei: freshImei() });
  await bench.fail(failed.claimId, 'no answer');
  const { body: login } = await loginGrant(product, bench.stationId);
  secrets.set(login.registration?.password ?? '', 'registration login');
  const { stationId: station } = bench;
  await service.call('PUT', `/api/v1/stations/${station}/slots`, [
    { slot: 1, port: 'tcp://127.0.0.1:1' },
  ]);
  const run = await service.call<{ runId: string }>('POST', `/api/v1/runs?station=${station}`, {
    orderId: order.orderId,
  });
  const deviceNames = [grant.triple.deviceName, ...triples.keys()];
  const { orderId } = order;
  return {
    orderId,
    stationId: station,
    claimId: grant.claimId,
    runId: run.body.runId,
    imei,
    deviceNames,
  };
}

/** A claim of an order whose modules register themselves. */
async function loginGrant(product: MadeProduct, station: string) {
  const rest = { quantity: 1, prefix: 'reg', provisioning: 'product-secret' };
  const { orderId } = await makeOrder(service, product.productKey, rest);
  const body = { orderId, unit: { imei: freshImei() } };
  return await service.call<Grant>('POST', `/api/v1/claims?station=${station}`, body);
}

/** The paths of a route with every thing that there is in place of its parameters. */
function paths(path: string): string[] {
  const [, name] = /\{(\w+)\}/.exec(path) ?? [];
  if (name === undefined) return [path];
  const values = things[name] ?? ['1'];
  return values.flatMap((value) => paths(path.replace(`{${name}}`, value)));
}

/** What a role is told by every route that it may read, with every query that a route knows. */
async function readAll(key: string): Promise<{ path: string; status: number; text: string }[]> {
  const { body } = await service.call<OpenApiDocument>('GET', '/api/openapi.json');
  const routes = operationsOf(body).filter(({ method, path }) => {
    return method === 'GET' && path.startsWith('/api/v1/');
  });
  const asked = routes.flatMap(({ path, operation }) => {
    const knowsStation = operation.parameters?.some((one) => one.name === 'station') ?? false;
    const query = knowsStation ? `?station=${stationId}` : '';
    return paths(path).map((one) => one + query);
  });
  return await Promise.all(
    asked.map(async (path) => {
      const { status, text } = await service.call('GET', path, undefined, key);
      return { path, status, text };
    }),
  );
}

/** The secrets that a text holds, as they are or coded. */
function leaksOf(text: string): string[] {
  return [...secrets].flatMap(([secret, what]) => {
    const forms = [
      secret,
      Buffer.from(secret).toString('base64'),
      Buffer.from(secret).toString('hex'),
    ];
    return forms.some((form) => text.toLowerCase().includes(form.toLowerCase())) ? [what] : [];
  });
}

describe.each(['engineer', 'auditor'] as const)('an %s who reads everything there is', (role) => {
  it('is shown no secret', async () => {
    const made = await makeKey(service, { role });
    secrets.set(made.key, `key of the ${role}`);
    const answers = await readAll(made.key);
    const open = Object.entries(roleMatrix).filter(
      ([route, roles]) => route.startsWith('GET ') && roles.includes(role),
    );
    const read = answers.filter(({ status }) => status === 200);
    // Enough was really read, the order, the claim and the device among it.
    expect(read.length).toBeGreaterThan(open.length / 2);
    expect(read.map(({ text }) => text).join()).toContain(things['deviceName']?.[0] ?? '?');
    const leaks = answers.flatMap(({ path, text }) =>
      leaksOf(text).map((what) => `${path}: ${what}`),
    );
    expect(leaks).toEqual([]);
  });
});

describe('an admin who reads everything there is', () => {
  it('is shown device secrets where they are his to see: so they would have been found', async () => {
    const answers = await readAll(adminKey);
    const leaks = new Map(answers.map(({ path, text }) => [path, leaksOf(text)]));
    const places = [...leaks].filter(([, what]) => what.length > 0).map(([path]) => path);
    expect(places.length).toBeGreaterThan(1);
    expect(places.every((path) => path.endsWith('/triple') || path.includes('/triples'))).toBe(
      true,
    );
  });
});
