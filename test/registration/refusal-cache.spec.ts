import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RegistrationResult } from '../../src/registration/registration.js';
import { auditOf, openRegistrar, requestOf } from './registrar.js';
import type { Registrar, TestProduct } from './registrar.js';

let registrar: Registrar;
let product: TestProduct;
let serial = 0;

beforeAll(async () => {
  registrar = await openRegistrar();
  product = await registrar.makeProduct();
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(async () => {
  await registrar.close();
});

/** A device of its own; `change` is SQL. */
async function makeDevice(change?: string, of = product): Promise<string> {
  serial += 1;
  await registrar.makeOrder(of, `dev-${serial}-`, { quantity: 1 });
  const name = `dev-${serial}-0001`;
  if (change) await registrar.query(`UPDATE device SET ${change} WHERE name = $1`, [name]);
  return name;
}

async function ask(name: string, of = product, change = {}): Promise<RegistrationResult> {
  return await registrar.service.register(requestOf(of, name, change));
}

const refused = (reason: string) => ({ kind: 'refused', reason });
const statements = () => vi.spyOn(registrar.store, 'register');

describe('a device that is refused again and again', () => {
  it.each([
    ['device_active', `state = 'issued', activated_at = now()`],
    ['device_disabled', 'disabled_at = now()'],
    ['device_held', `state = 'leased'`],
    ['device_unknown', `state = 'void'`],
  ])('costs one statement: %s', async (reason, change) => {
    const name = await makeDevice(change);
    const spy = statements();
    for (let index = 0; index < 100; index += 1) expect(await ask(name)).toEqual(refused(reason));
    expect(spy).toHaveBeenCalledTimes(1);
  });

  it('costs one statement when it does not exist, and when its policy refuses it', async () => {
    const off = await registrar.makeProduct({ mode: 'off' });
    const spy = statements();
    for (let index = 0; index < 50; index += 1) {
      expect(await ask('nobody-0001')).toEqual(refused('device_unknown'));
      expect(await ask('nobody-0001', off)).toEqual(refused('mode_off'));
    }
    expect(spy).toHaveBeenCalledTimes(2);
  });

  it('is asked about anew for another reason', async () => {
    const name = await makeDevice();
    const spy = statements();
    expect(await ask(name, product, { isEncrypted: false })).toEqual(refused('plaintext_refused'));
    expect(await ask(name)).toMatchObject({ kind: 'granted' });
    expect(spy).toHaveBeenCalledTimes(2);
  });

  it('is in the history every time, with every address', async () => {
    const name = await makeDevice('disabled_at = now()');
    for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.2', '192.0.2.1']) {
      await ask(name, product, { address });
    }
    await registrar.refusals.flush(Infinity);
    const told = (await auditOf(registrar, name)) as { address: string; detail: object }[];
    const reason = 'device_disabled';
    expect(told.map(({ address, detail }) => ({ address, detail }))).toMatchObject([
      { address: '192.0.2.1', detail: { protocol: 'aliyun-https', reason } },
      { address: '192.0.2.2', detail: { protocol: 'aliyun-https', reason, count: 2 } },
      { address: '192.0.2.1', detail: { protocol: 'aliyun-https', reason, count: 1 } },
    ]);
  });
});

describe('a remembered refusal', () => {
  it.each([
    ['the device changed', (name: string) => `${product.productKey} ${name}`],
    ['an order of the product opened', () => product.productKey],
    ['signals may have been lost', () => undefined],
  ])('is forgotten when %s', async (_, keyOf) => {
    const name = await makeDevice('disabled_at = now()');
    const other = await makeDevice('disabled_at = now()');
    for (const device of [name, other]) await ask(device);
    await registrar.query('UPDATE device SET disabled_at = NULL WHERE name = $1', [name]);
    expect(await ask(name)).toEqual(refused('device_disabled')); // wrongly, for a moment
    await registrar.signals.tellHere('device', keyOf(name));
    expect(await ask(name)).toMatchObject({ kind: 'granted' });
    expect(await ask(other)).toEqual(refused('device_disabled'));
  });

  it('ends with the policy that it followed from', async () => {
    const changing = await registrar.makeProduct({ mode: 'off' });
    const name = await makeDevice(undefined, changing);
    expect(await ask(name, changing)).toEqual(refused('mode_off'));
    await changePolicy(changing, `registration_mode = 'preregistered'`);
    expect(await ask(name, changing)).toMatchObject({ kind: 'granted' });
  });

  it('ends with a policy that did not say it itself', async () => {
    const open = await registrar.makeProduct({ mode: 'open', unitsPerName: 1 });
    const asks = () => ask('own-name-1', open, { protocol: 'aliyun-mqtt', wants: 'token' });
    expect(await asks()).toMatchObject({ kind: 'token' });
    await registrar.query('UPDATE device_token SET activated_at = now()');
    expect(await asks()).toEqual(refused('device_active'));
    await changePolicy(open, 'registration_units_per_name = 2');
    expect(await asks()).toMatchObject({ kind: 'token' });
  });

  it('is not kept when it was read before the change and came after it', async () => {
    const name = await makeDevice('disabled_at = now()');
    const { store } = registrar;
    const read = store.register.bind(store);
    vi.spyOn(store, 'register').mockImplementationOnce(async (...parameters) => {
      const outcomes = await read(...parameters);
      await registrar.query('UPDATE device SET disabled_at = NULL WHERE name = $1', [name]);
      await registrar.signals.tellHere('device', `${product.productKey} ${name}`);
      return outcomes;
    });
    expect(await ask(name)).toEqual(refused('device_disabled'));
    expect(await ask(name)).toMatchObject({ kind: 'granted' });
  });

  it('is never that of a quota, which somebody may raise without a word', async () => {
    serial += 1;
    const orderId = await registrar.makeOrder(product, `quota-${serial}-`, {
      quantity: 2,
      quota: 1,
    });
    expect(await ask(`quota-${serial}-0001`)).toMatchObject({ kind: 'granted' });
    expect(await ask(`quota-${serial}-0002`)).toEqual(refused('quota_used_up'));
    await registrar.query('UPDATE order_count SET quota = 2 WHERE order_id = $1', [orderId]);
    expect(await ask(`quota-${serial}-0002`)).toMatchObject({ kind: 'granted' });
  });
});

async function changePolicy(of: TestProduct, change: string): Promise<void> {
  const sql = `UPDATE product SET ${change}, version = version + 1 WHERE id = $1`;
  await registrar.query(sql, [of.id]);
  await registrar.directory.reload(of.productKey);
}
