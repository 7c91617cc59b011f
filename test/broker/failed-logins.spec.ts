import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { RefusalCounter } from '../../src/audit/refusal-counter.js';
import { DeviceLoginService } from '../../src/broker/device-login.service.js';
import { DeviceLoginStore } from '../../src/broker/device-login.store.js';
import { TokenLoginStore } from '../../src/broker/token-login.store.js';
import { Signals } from '../../src/platform/signals/signals.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { credentials, makeFleet, query } from './devices.js';
import type { Fleet, TestDevice } from './devices.js';

let service: TestService;
let fleet: Fleet;
let next = 0;
beforeAll(async () => {
  service = await startTestService();
  fleet = await makeFleet(service, { quantity: 20 });
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(async () => {
  await service.stop();
});

function fresh(): TestDevice {
  const device = fleet.devices[next];
  if (!device) throw new Error('the fleet is used up');
  next += 1;
  return device;
}

/** Shape: `in`, or the code of the CONNACK. */
async function logIn(device: TestDevice, address = '10.1.2.3'): Promise<number | 'in'> {
  const logins = service.service.app.get(DeviceLoginService);
  const verdict = await logins.logIn(credentials(device, { id: 'abc' }), address);
  return verdict.kind === 'granted' ? 'in' : verdict.returnCode;
}

async function logInOften(device: TestDevice, count = 50): Promise<Set<number | 'in'>> {
  const seen = new Set<number | 'in'>();
  for (let index = 0; index < count; index += 1) seen.add(await logIn(device));
  return seen;
}

const reads = () => vi.spyOn(service.service.app.get(DeviceLoginStore), 'read');
/** One statement for each, or two: now and then everything is forgotten. */
const few = (spy: { readonly mock: { readonly calls: unknown[] } }, count: number): void => {
  expect(spy.mock.calls.length).toBeGreaterThanOrEqual(count);
  expect(spy.mock.calls.length).toBeLessThanOrEqual(2 * count);
};
const wrong = (device: TestDevice): TestDevice => ({ ...device, deviceSecret: 'f'.repeat(32) });
const path = ({ productKey, deviceName }: TestDevice, what: string) =>
  `/api/v1/devices/${productKey}/${deviceName}/${what}`;

/** Changes a device behind the back of everyone. */
async function setDevice({ productKey, deviceName }: TestDevice, change: string): Promise<void> {
  await query(
    service,
    `UPDATE device d SET ${change} FROM product p
     WHERE p.id = d.product_id AND p.product_key = $1 AND d.name = $2`,
    [productKey, deviceName],
  );
}

describe('a login that fails again and again', () => {
  it('costs one statement, whatever it names; the device itself is let in all the same', async () => {
    const device = fresh();
    const spy = reads();
    const strangers = [
      wrong(device),
      { ...device, deviceName: 'nobody_000001' },
      { ...device, productKey: 'a1nowhere00' },
      { ...device, productKey: 'x'.repeat(500) },
    ];
    for (const stranger of strangers) expect(await logInOften(stranger)).toEqual(new Set([4]));
    few(spy, strangers.length);
    expect(await logIn(device)).toBe('in');
  });

  it('costs one statement when its device is disabled, and history and log have every one', async () => {
    const device = fresh();
    await service.call('POST', path(device, 'disable'));
    const spy = reads();
    expect(await logInOften(device)).toEqual(new Set([5]));
    few(spy, 1);
    await service.service.app.get(RefusalCounter).flush(Infinity);
    const { productKey, deviceName } = device;
    const told = await query<{ address: string; detail: { count: number } }>(
      service,
      `SELECT address, detail FROM audit_event WHERE action = 'login.refused' AND device_name = $1`,
      [deviceName],
    );
    expect(told.reduce((sum, { detail }) => sum + detail.count, 0)).toBe(50);
    const detail = { protocol: 'aliyun-mqtt', reason: 'device_disabled' };
    expect(told[0]).toMatchObject({ address: '10.1.2.3', detail });
    const line = service
      .log()
      .split('\n')
      .find((text) => text.includes('login.refused'));
    const fields = { productKey, deviceName, reason: 'device_disabled', address: '10.1.2.3' };
    expect(JSON.parse(line ?? '{}')).toMatchObject({ ...fields, event: 'login.refused' });
    await service.call('POST', path(device, 'enable'));
    expect(await logIn(device)).toBe('in');
  });

  it('with a token costs one statement as well', async () => {
    const spy = vi.spyOn(service.service.app.get(TokenLoginStore), 'read');
    const logins = service.service.app.get(DeviceLoginService);
    const password = 'f'.repeat(32);
    for (const id of ['Abc0123456789012345678', 'with\0nul']) {
      const clientId = `${id}|authType=connwl,securemode=-2|`;
      const request = { clientId, username: `unit_000001&${fleet.productKey}`, password };
      for (let index = 0; index < 20; index += 1) {
        const verdict = await logins.logIn(request, '10.1.2.3');
        expect(verdict).toEqual({ kind: 'refused', returnCode: 4 });
      }
    }
    few(spy, 2);
  });
});

describe('what is remembered of a failed login', () => {
  it('lets nobody in: the row is read as it is now', async () => {
    const [disabled, reset, voided] = [fresh(), fresh(), fresh()];
    for (const device of [disabled, reset, voided]) expect(await logIn(wrong(device))).toBe(4);
    await setDevice(disabled, 'disabled_at = now()');
    await setDevice(reset, 'generation = generation + 1');
    await setDevice(voided, `state = 'void'`);
    expect(await logIn(disabled)).toBe(5);
    expect(await logIn(reset)).toBe(4);
    expect(await logIn(voided)).toBe(4);
  });

  it('is forgotten with a change of any device, so that time tells of none', async () => {
    const [device, other] = [fresh(), fresh()];
    const nobody = { ...device, productKey: 'a1nowhere00', deviceName: 'nobody_000002' };
    for (const one of [wrong(device), nobody]) await logIn(one);
    await service.call('POST', path(other, 'disable'));
    const spy = reads();
    for (const one of [wrong(device), nobody, wrong(device), nobody]) await logIn(one);
    few(spy, 2);
  });

  it('is forgotten when an order of its product opens, on every copy', async () => {
    const heard: (string | undefined)[] = [];
    service.service.app.get(Signals).on('device', (key) => void heard.push(key));
    const { productKey } = await makeFleet(service, { quantity: 1 });
    await vi.waitFor(() => {
      expect(heard).toContain(productKey);
    });
  });

  it('is not what was read before a change and came after it', async () => {
    const device = fresh();
    await service.call('POST', path(device, 'disable'));
    const store = service.service.app.get(DeviceLoginStore);
    const read = store.read.bind(store);
    vi.spyOn(store, 'read').mockImplementationOnce(async (...parameters) => {
      const rows = await read(...parameters);
      await service.call('POST', path(device, 'enable'));
      return rows;
    });
    expect(await logIn(device)).toBe(5);
    expect(await logIn(device)).toBe('in');
  });

  it('is nothing of a quota, which may be raised without a word', async () => {
    const { orderId, devices } = await makeFleet(service, { quantity: 2, quota: 1 });
    const [one, two] = devices;
    expect(await logIn(one)).toBe('in');
    expect(await logIn(two ?? one)).toBe(5);
    const id = orderId.slice('ord-'.length);
    await query(service, 'UPDATE order_count SET quota = 2 WHERE order_id = $1', [id]);
    expect(await logIn(two ?? one)).toBe('in');
  });
});
