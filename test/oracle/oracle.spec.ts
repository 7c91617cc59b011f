import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { askOracle } from '../../src/oracle/oracle.js';
import { Database } from '../../src/platform/database/database.js';
import { rows } from '../../src/platform/database/query.js';
import { freshImei, makeBench } from '../stations/bench.js';
import type { Bench, Grant } from '../stations/bench.js';
import { makeOrder, makeProduct } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

let service: TestService;
let productKey: string;
let orderId: string;
let held: Grant;
let proven: Grant;
beforeAll(async () => {
  service = await startTestService();
  ({ productKey } = await makeProduct(service));
  ({ orderId } = await makeOrder(service, productKey, { quantity: 20, quota: 15 }));
  const bench = await makeBench(service);
  held = (await bench.claim(orderId, { imei: freshImei() })).body;
  proven = (await bench.claim(orderId, { imei: freshImei() })).body;
  await bench.confirm(proven);
  await liveThrough(bench);
});
afterAll(async () => {
  await service.stop();
});

/** Some of every step that the history knows. */
async function liveThrough(bench: Bench): Promise<void> {
  const imei = freshImei();
  const failed = (await bench.claim(orderId, { imei })).body;
  await bench.fail(failed.claimId);
  await bench.claim(orderId, { imei });
  await bench.fail(failed.claimId);
  const scrapped = (await bench.claim(orderId, { imei: freshImei() })).body;
  await bench.void(scrapped.claimId);
  const reset = (await bench.claim(orderId, { imei: freshImei() })).body;
  await bench.confirm(reset);
  const device = `/api/v1/devices/${productKey}/${reset.triple.deviceName}`;
  await service.call('POST', `${device}/reset`);
  const voided = (await bench.claim(orderId, { imei: freshImei() })).body;
  await bench.confirm(voided);
  await service.call('POST', `/api/v1/devices/${productKey}/${voided.triple.deviceName}/void`, {
    reason: 'broken',
  });
}

/** What speaks against the rules now. Shape: `question: sentence`. */
async function flaws(): Promise<string[]> {
  const { findings } = await askOracle(new Database(service.database.dataSource));
  return findings.flatMap((finding) => finding.flaws.map((flaw) => `${finding.question}: ${flaw}`));
}

const number = (id: string): number => Number(id.replace(/^\w+-/, ''));
const undo: string[] = [];
/** Changes rows behind the back of the service until the end of the test. */
async function tamper(change: string, back: string): Promise<void> {
  undo.push(back);
  await bare(change);
}
afterEach(async () => {
  for (const back of undo.splice(0).reverse()) await bare(back);
  expect(await flaws()).toEqual([]);
});

async function bare(sql: string): Promise<void> {
  await rows(
    service.database.dataSource,
    `DO $$ BEGIN
    SET LOCAL session_replication_role = replica; ${sql}; END $$`,
  );
}

describe('the oracle', () => {
  it('finds nothing where everything went by the rules, and counts what it looked at', async () => {
    const verdict = await askOracle(new Database(service.database.dataSource));
    expect(verdict).toMatchObject({ orders: 1, devices: 20 });
    expect(verdict.events).toBeGreaterThan(12);
    expect(verdict.findings.flatMap((finding) => finding.flaws)).toEqual([]);
  });

  it('names a counter that is off by one', async () => {
    const by = (sign: string, back: string) =>
      `UPDATE order_count SET leased = leased ${sign} 1, free = free ${back} 1`;
    await tamper(by('+', '-'), by('-', '+'));
    expect(await flaws()).toEqual([
      expect.stringMatching(/counters are exact: ord-\d+: free says 13, there are 14$/),
      expect.stringMatching(/counters are exact: ord-\d+: leased says 3, there are 2$/),
    ]);
  });

  it('names a confirm that was lost', async () => {
    const id = number(proven.claimId);
    const set = (state: string, proof: string) =>
      `UPDATE claim SET state = '${state}', proof = ${proof} WHERE id = ${id};
       UPDATE device SET state = '${state}' WHERE id = (SELECT device_id FROM claim WHERE id = ${id})`;
    await tamper(set('leased', 'NULL'), set('confirmed', `'digest'`));
    const found = await flaws();
    expect(found).toContainEqual(
      expect.stringContaining('the claim is leased, the history says confirmed'),
    );
    expect(found).toContainEqual(expect.stringContaining('confirmed says 1, there are 0'));
  });

  it('names a triple that was shown for two units', async () => {
    const { deviceName } = held.triple;
    await tamper(
      `INSERT INTO audit_event (action, actor, product_key, device_name, unit)
       VALUES ('claim.leased', 'test', '${productKey}', '${deviceName}', 'imei:999')`,
      `DELETE FROM audit_event WHERE actor = 'test'`,
    );
    const found = await flaws();
    expect(found).toContainEqual(
      expect.stringMatching(
        new RegExp(`${deviceName}: entry \\d+: claim.leased while it was leased`),
      ),
    );
    expect(found).toContainEqual(expect.stringContaining('shown for imei:999, and for imei:'));
  });

  it('names a shown triple that is free again', async () => {
    const id = number(held.claimId);
    const set = (state: string) =>
      `UPDATE device SET state = '${state}' WHERE id = (SELECT device_id FROM claim WHERE id = ${id})`;
    await tamper(set('free'), set('leased'));
    expect(await flaws()).toContainEqual(
      expect.stringContaining('the device is free, the history says leased'),
    );
  });

  it('names a unit that holds two triples', async () => {
    const one = number(held.claimId);
    const swap = (text: string) => `UPDATE claim SET sn = ${text} WHERE state <> 'void'`;
    await tamper(swap(`'SN-7'`), swap('NULL'));
    const found = await flaws();
    expect(found).toContainEqual(
      expect.stringMatching(new RegExp(`two live triples: sn SN-7: clm-${one}, clm-`)),
    );
  });

  it('names a claim of which the history tells nothing', async () => {
    const id = number(held.claimId);
    const set = (claim: string, was: string) =>
      `UPDATE audit_event SET claim_id = ${claim} WHERE claim_id = ${was}`;
    await tamper(set('-1', String(id)), set(String(id), '-1'));
    expect(await flaws()).toContainEqual(
      expect.stringContaining(`clm-${id}: the history does not tell that it was leased`),
    );
  });

  it('names an order that gave out more than its quota', async () => {
    const set = (quota: number, shown: number) =>
      `ALTER TABLE order_count DROP CONSTRAINT IF EXISTS order_count_shown_check;
       UPDATE order_count SET quota = ${quota}, shown = ${shown}`;
    await tamper(set(3, 3), set(15, 6));
    expect(await flaws()).toEqual([
      expect.stringMatching(/quota: ord-\d+: 6 were shown, its quota is 3$/),
      expect.stringMatching(/quota: ord-\d+: counts 3 shown, the history tells of 6$/),
    ]);
  });

  it('names a registration after the activation', async () => {
    const { deviceName } = held.triple;
    const tell = (action: string) =>
      `INSERT INTO audit_event (action, actor, product_key, device_name)
       VALUES ('${action}', 'test', '${productKey}', '${deviceName}')`;
    await tamper(
      `${tell('device.activated')}; ${tell('device.registered')}`,
      `DELETE FROM audit_event WHERE actor = 'test'`,
    );
    expect(await flaws()).toContainEqual(
      expect.stringContaining('registered after its activation, without a reset'),
    );
  });
});
