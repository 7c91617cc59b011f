import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProductDirectory } from '../../src/products/product-directory.js';
import { keyedCaller } from '../support/keyed.js';
import type { SendKeyed } from '../support/keyed.js';
import type { Answer } from '../support/service.js';
import { freshImei, proofOf } from './bench.js';
import { startClaimLine } from './claim-line.js';
import type { ClaimLine } from './claim-line.js';

let line: ClaimLine;
let send: SendKeyed;
beforeAll(async () => {
  line = await startClaimLine();
  send = keyedCaller(line.service.service.urls.http);
  await line.sql(
    `CREATE FUNCTION break_doomed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
       IF NEW.key LIKE 'doomed-%' THEN RAISE EXCEPTION 'doomed'; END IF; RETURN NEW;
     END $$`,
    [],
  );
  await line.sql(
    `CREATE TRIGGER break_doomed BEFORE INSERT ON idempotent_request
     FOR EACH ROW EXECUTE FUNCTION break_doomed()`,
    [],
  );
});
afterAll(async () => {
  await line.stop();
});

/** Sends a request that does its work, and whose answer can then not be kept. */
async function doomed(method: string, path: string, body?: object): Promise<Answer<unknown>> {
  const key = `doomed-${randomUUID()}`;
  const answer = await send<unknown>({ method, path: `/api/v1${path}`, body, key });
  expect(answer.status).toBe(500);
  return answer;
}

async function lengthOfHistory(): Promise<number> {
  return (await line.sql('SELECT id FROM audit_event', [])).length;
}

describe('when the answer cannot be kept, the work is undone', () => {
  it('of a claim, a batch, a confirm and a failed attempt', async () => {
    const orderId = await line.order({}, 6);
    const grant = (await line.bench.claim(orderId, { imei: freshImei() })).body;
    const before = [await line.counters(orderId), await lengthOfHistory()];
    const unit = () => ({ imei: freshImei() });
    const at = `?station=${line.bench.stationId}`;
    await doomed('POST', `/claims${at}`, { orderId, unit: unit() });
    await doomed('POST', `/claims/batch${at}`, { orderId, units: [unit(), unit()] });
    await doomed('POST', `/claims/${grant.claimId}/confirm${at}`, proofOf(grant));
    await doomed('POST', `/claims/${grant.claimId}/fail${at}`, { reason: 'no answer' });
    expect([await line.counters(orderId), await lengthOfHistory()]).toEqual(before);
  });

  it('of a product, and what the service remembers of it is as it was', async () => {
    const { productKey } = line;
    const directory = line.service.service.app.get(ProductDirectory);
    const [secret] = await directory.secretsOf(productKey);
    const before = await lengthOfHistory();
    await doomed('POST', `/products/${productKey}/secret/rotate`, {});
    await doomed('PATCH', `/products/${productKey}`, { registration: { mode: 'off' } });
    expect(directory.find(productKey)?.secret.expose()).toBe(secret?.expose());
    expect(directory.find(productKey)?.policy.mode).toBe('preregistered');
    expect(await lengthOfHistory()).toBe(before);
  });

  it('of an order: none is left to mint', async () => {
    const naming = { kind: 'sequence', prefix: 'undone_', width: 4 };
    const orders = () => line.sql('SELECT id FROM production_order', []);
    const before = (await orders()).length;
    await doomed('POST', `/products/${line.productKey}/orders`, { quantity: 3, naming });
    expect(await orders()).toHaveLength(before);
  });

  it('of a run: no unit is touched', async () => {
    const { stationId } = line.bench;
    const orderId = await line.order();
    const slots = [{ slot: 1, port: 'tcp://127.0.0.1:9' }];
    await line.service.call('PUT', `/api/v1/stations/${stationId}/slots`, slots);
    await doomed('POST', `/runs?station=${stationId}`, { orderId });
    expect(await line.sql('SELECT id FROM run', [])).toEqual([]);
    expect(line.service.log()).not.toContain('run.slot_ended');
  });
});

describe('an answer to a keyed request', () => {
  it('tells of the deed that is not yet committed while it is made', async () => {
    const orderId = await line.order();
    const { triple } = (await line.bench.claim(orderId, { imei: freshImei() })).body;
    const path = `/api/v1/devices/${triple.productKey}/${triple.deviceName}/disable`;
    const answer = await send<{ disabledAt: string | null }>({
      method: 'POST',
      path,
      key: randomUUID(),
    });
    const shown = await line.service.call<object>('GET', path.replace('/disable', ''));
    expect(answer.body).toEqual(shown.body);
    expect(answer.body.disabledAt).not.toBeNull();
  });
});
