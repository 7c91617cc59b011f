import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { credentials, query } from '../broker/devices.js';
import type { TestDevice } from '../broker/devices.js';
import { enter } from '../broker/mqtt-device.js';
import { freshImei, makeBench, proofOf } from '../stations/bench.js';
import { exportTriples, makeProduct } from '../support/orders.js';
import type { MadeProduct, ShownOrder } from '../support/orders.js';
import { registrationForm } from '../support/registering.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { importsOf, minted, ordersOf } from './files.js';

let service: TestService;
let product: MadeProduct;
let order: ShownOrder;
let devices: readonly TestDevice[];
beforeAll(async () => {
  service = await startTestService();
  product = await makeProduct(service, { mode: 'preregistered', allowPlaintext: true });
  const { productKey } = product;
  devices = Array.from({ length: 12 }, (_, index) => ({
    productKey,
    deviceName: `field-${String(index).padStart(3, '0')}`,
    // Half as Alibaba makes them, half as we do.
    deviceSecret: index % 2 ? randomBytes(16).toString('hex') : alphanumerics(),
  }));
  order = await minted(service, importsOf(productKey), file(devices));
});
afterAll(async () => {
  await service.stop();
});

function alphanumerics(): string {
  return randomBytes(48).toString('base64').replaceAll(/[+/]/g, '').slice(0, 32).padEnd(32, 'Z');
}

function file(triples: readonly TestDevice[]): string {
  const lines = triples.map((t) => `${t.deviceName};${t.deviceSecret};${t.productKey};online\r\n`);
  return `\ufeffDeviceName;DeviceSecret;ProductKey;Status\r\n${lines.join('')}`;
}

let used = 0;
/** A device that no other test has. */
function fresh(): TestDevice {
  const device = devices[(used += 1) - 1];
  if (!device) throw new Error('more devices are needed');
  return device;
}

const pathOf = ({ productKey, deviceName }: TestDevice, what: string): string =>
  `/api/v1/devices/${productKey}/${deviceName}/${what}`;

async function register({ productKey, deviceName }: TestDevice): Promise<unknown> {
  const { productSecret } = product;
  const form = registrationForm({ productKey, deviceName, productSecret });
  return JSON.parse(await service.postDeviceForm(form));
}

const registered = ({ productKey, deviceName, deviceSecret }: TestDevice): object => ({
  code: 200,
  data: { productKey, deviceName, deviceSecret },
  message: 'success',
});

async function enters(device: TestDevice): Promise<boolean> {
  return await enter(service.service.urls.mqtt, device).then(
    () => true,
    () => false,
  );
}

describe('an imported device', () => {
  it('is a device of an order of kind import, free until it shows up', () => {
    expect(order).toMatchObject({
      kind: 'import',
      state: 'open',
      minted: 12,
      free: 12,
      naming: { kind: 'list' },
    });
  });

  it('logs in with the secret it brought, and with no other', async () => {
    const device = fresh();
    expect(await enters({ ...device, deviceSecret: devices[11]?.deviceSecret ?? '' })).toBe(false);
    expect(await enters(device)).toBe(true);
    const { body } = await service.call('GET', pathOf(device, '').slice(0, -1));
    expect(body).toMatchObject({ state: 'issued', activatedAt: expect.any(String) as unknown });
  });

  it('logs in at a broker of the site with it', async () => {
    const device = fresh();
    const { clientId, username, password } = credentials(device);
    const login = { clientid: clientId, username, password, peerhost: '127.0.0.1' };
    const ask = (body: object) =>
      service.call<{ result: string }>('POST', '/hooks/emqx/authenticate', body);
    expect((await ask({ ...login, password: 'f'.repeat(64) })).body.result).toBe('deny');
    expect((await ask(login)).body.result).toBe('allow');
  });

  it('gets it when it registers, over and over', async () => {
    const device = fresh();
    expect(await register(device)).toEqual(registered(device));
    expect(await register(device)).toEqual(registered(device));
  });

  it('gets it on a line, which proves it by what it reads back', async () => {
    const bench = await makeBench(service);
    const { body: grant } = await bench.claim(order.orderId, { imei: freshImei() });
    const device = devices.find(({ deviceName }) => deviceName === grant.triple.deviceName);
    expect(grant.triple).toEqual(device);
    const wrong = { ...grant, triple: { ...grant.triple, deviceSecret: 'f'.repeat(32) } };
    expect((await bench.confirm(grant, proofOf(wrong))).status).toBe(422);
    expect(await bench.confirm(grant)).toMatchObject({ status: 200, body: { state: 'confirmed' } });
  });

  it('is exported with it, and shown with it', async () => {
    const exported = await exportTriples(service, order.orderId);
    expect(exported).toEqual(new Map(devices.map((d) => [d.deviceName, d.deviceSecret])));
    const device = fresh();
    expect((await service.call('GET', pathOf(device, 'triple'))).body).toEqual(device);
  });

  it('gets a new secret when it is reset; the one it brought opens nothing any more', async () => {
    const device = fresh();
    expect(await enters(device)).toBe(true);
    expect((await service.call('POST', pathOf(device, 'reset'))).status).toBe(200);
    expect(await enters(device)).toBe(false);
    const { body } = await service.call<TestDevice>('GET', pathOf(device, 'triple'));
    expect(body.deviceSecret).toMatch(/^[0-9a-f]{32}$/);
    expect(body.deviceSecret).not.toBe(device.deviceSecret);
    expect(await register(device)).toEqual(registered(body));
    expect(await enters(body)).toBe(true);
    expect((await exportTriples(service, order.orderId)).get(device.deviceName)).toBe(
      body.deviceSecret,
    );
  });

  it('is minted by our own export again, byte for byte, in another product', async () => {
    const { productKey } = await makeProduct(service);
    const own = await minted(service, ordersOf(productKey), 'deviceName\nown-0001\nown-0002\n');
    const exported = await exportTriples(service, own.orderId);
    const { productKey: other } = await makeProduct(service);
    const lines = [...exported].map(([name, secret]) => `${other},${name},${secret}\n`);
    const text = `productKey,deviceName,deviceSecret\n${lines.join('')}`;
    const again = await minted(service, importsOf(other), text);
    const { text: shown } = await service.call('GET', `/api/v1/orders/${again.orderId}/triples`);
    expect(shown).toBe(text);
  });
});

describe('a secret that was brought', () => {
  it('stands in no table, no log and no history', async () => {
    const tables = await query<{ name: string }>(
      service,
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`,
    );
    const dump = await Promise.all(
      tables.map(({ name }) => query(service, `SELECT t::text AS row FROM ${name} t`)),
    );
    const everything = JSON.stringify(dump) + service.log();
    for (const { deviceName, deviceSecret } of devices) {
      expect(everything).toContain(deviceName);
      expect(everything).not.toContain(deviceSecret);
      expect(everything).not.toContain(Buffer.from(deviceSecret).toString('hex'));
    }
  });

  it('opens for no other device: who swaps two rows of the database gets nothing', async () => {
    const [one, two] = [fresh(), fresh()];
    const names = [one, two].map(({ deviceName }) => deviceName);
    await query(
      service,
      `UPDATE given_secret g SET sealed = o.sealed FROM given_secret o, device d, device e
       WHERE g.device_id = d.id AND o.device_id = e.id AND d.order_id = e.order_id
         AND d.name = $1 AND e.name = $2`,
      names,
    );
    const shown = await service.call<{ code: string }>('GET', pathOf(one, 'triple'));
    expect(shown.status).toBe(500);
    expect(shown.text).not.toContain(two.deviceSecret);
    expect(await enters({ ...one, deviceSecret: two.deviceSecret })).toBe(false);
    expect(await enters(two)).toBe(true);
  });

  it('that is lost is told as an error, never replaced in silence', async () => {
    const device = fresh();
    await query(
      service,
      'DELETE FROM given_secret g USING device d WHERE g.device_id = d.id AND d.name = $1',
      [device.deviceName],
    );
    expect((await service.call('GET', pathOf(device, 'triple'))).status).toBe(500);
    expect(await enters(device)).toBe(false);
  });
});
