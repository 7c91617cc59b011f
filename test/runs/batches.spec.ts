import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Simulator } from '../../src/simulator/options.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import { makeStation, portsOf, runToEnd } from '../support/jig.js';
import { makeOrder, makeProduct } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

let service: TestService;
let simulator: Simulator;
beforeAll(async () => {
  service = await startTestService();
  simulator = await startSimulator({ bootMs: 1, seed: 51, slots: 64 });
});
afterAll(async () => {
  await simulator.close();
  await service.stop();
});

const statements: string[] = [];
const query = pg.Client.prototype.query;
beforeEach(() => {
  statements.length = 0;
  pg.Client.prototype.query = function (this: pg.Client, ...args: [string | { text: string }]) {
    const [first] = args;
    statements.push(typeof first === 'string' ? first : first.text);
    return Reflect.apply(query, this, args) as unknown;
  } as never;
});
afterEach(() => {
  pg.Client.prototype.query = query;
});

async function runOf(count: number): Promise<(pattern: RegExp) => number> {
  const station = await makeStation(service, portsOf(simulator).slice(0, count));
  const { productKey } = await makeProduct(service);
  const { orderId } = await makeOrder(service, productKey, { quantity: count });
  for (let slot = 1; slot <= count; slot += 1) simulator.replaceModule(slot);
  const run = await runToEnd(service, station, { orderId });
  expect(run.slots.map(({ outcome }) => outcome)).toEqual(Array(count).fill('PASS'));
  return (pattern) => statements.filter((text) => pattern.test(text)).length;
}

const leases = /AS i \(no integer, order_id/;
const moves = /AS i \(no integer, claim_id/;
const events = /INSERT INTO run_event/;

it('sixteen slots claim and confirm in few statements', async () => {
  const count = await runOf(16);
  expect(count(leases)).toBeGreaterThan(0);
  expect(count(leases)).toBeLessThanOrEqual(4);
  expect(count(moves)).toBeGreaterThan(0);
  expect(count(moves)).toBeLessThanOrEqual(4);
});

it('what sixty-four slots do is written in fewer statements than there are slots', async () => {
  const count = await runOf(64);
  expect(count(events)).toBeGreaterThan(2);
  expect(count(events)).toBeLessThan(64);
});
