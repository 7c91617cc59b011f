import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSimulator } from '../../src/simulator/simulator.js';
import type { Activity, Simulator } from '../../src/simulator/options.js';
import { Relay } from '../platform/database/relay.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { makeStation, portsOf, untilEnded } from '../support/jig.js';
import type { MadeStation } from '../support/jig.js';
import { makeOrder, makeProduct } from '../support/orders.js';
import type { ShownOrder } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

let database: TestDatabase;
let relay: Relay;
let service: TestService;
let simulator: Simulator;
let station: MadeStation;
let onCommand: (command: string) => void = () => undefined;
beforeAll(async () => {
  database = await createTestDatabase();
  relay = await Relay.open(database.url);
  service = await startTestService({ DATABASE_URL: relay.url.expose() });
  const onActivity = ({ direction, text }: Activity): void => {
    if (direction === 'in') onCommand(text);
  };
  simulator = await startSimulator({ bootMs: 1, seed: 71, slots: 2, onActivity });
  station = await makeStation(service, portsOf(simulator));
});
afterAll(async () => {
  await simulator.close();
  await service.stop();
  await relay.close();
  await database.drop();
});

/** Takes the database away at a command to a module, and gives it back when it was asked in vain. */
async function awayAt(command: RegExp, call: string): Promise<void> {
  const heard = new Promise<void>((resolve) => {
    onCommand = (text) => {
      if (!command.test(text)) return;
      onCommand = () => undefined;
      relay.hang();
      resolve();
    };
  });
  await heard;
  const asked = `"call":"${call}","code":"database.away"`;
  await expect.poll(() => service.log(), { timeout: 15_000 }).toContain(asked);
  relay.revive();
}

it('a run outlives a database that is away when it claims and when it confirms', async () => {
  const { productKey } = await makeProduct(service);
  const { orderId } = await makeOrder(service, productKey, { quantity: 4 });
  const isClaimed = awayAt(/CGSN/, 'claim');
  void service.call('POST', '/api/v1/runs', { orderId }, station.key);
  await isClaimed;
  await awayAt(/CFUN=0,1/, 'confirm');
  await expect
    .poll(async () => (await service.call('GET', '/health/ready')).status, { timeout: 15_000 })
    .toBe(200);
  // The first of this database; the answer to its start may have met no database.
  const run = await untilEnded(service, station, 'run-1');
  expect(run.slots.map(({ outcome }) => outcome)).toEqual(['PASS', 'PASS']);
  const order = await service.call<ShownOrder>('GET', `/api/v1/orders/${orderId}`);
  expect(order.body).toMatchObject({ confirmed: 2, free: 2, leased: 0 });
}, 60_000);
