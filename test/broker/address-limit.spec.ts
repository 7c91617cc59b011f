import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StrangerCounter } from '../../src/audit/stranger-counter.js';
import { AddressLimit } from '../../src/platform/limits/address-limit.js';
import { registrationConnect, registrationForm } from '../support/registering.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { credentials, makeFleet, query } from './devices.js';
import type { Fleet } from './devices.js';
import { RawClient, connectPacket } from './raw-client.js';

let service: TestService;
let fleet: Fleet;
beforeAll(async () => {
  service = await startTestService();
  fleet = await makeFleet(service, { quantity: 2 });
  // Taken an hour ahead: nothing is left for this machine until then.
  service.service.app.get(AddressLimit).take('127.0.0.1', performance.now() + 3_600_000);
});
afterAll(async () => {
  await service.stop();
});

/** Everything that anybody may be to us. */
function callers() {
  const { productKey, productSecret } = fleet;
  const { deviceName } = fleet.devices[0];
  const proven = { productKey, deviceName, productSecret };
  return [
    proven,
    { ...proven, productSecret: 'wrong' },
    { ...proven, deviceName: 'nobody_000001' },
    { ...proven, productKey: 'a1nowhere00' },
  ];
}

async function answerTo(packet: Buffer): Promise<string> {
  const client = await RawClient.open(service.service.ports.mqttPort);
  client.send(packet);
  return await client.closed();
}

describe('too many attempts from one address', () => {
  it('are told over HTTPS in the words of the vendor, whoever it is', async () => {
    for (const caller of callers()) {
      expect(await service.postDeviceForm(registrationForm(caller))).toBe(
        '{"code":429,"message":"too many requests"}',
      );
    }
    expect(await service.postDeviceForm({ no: 'registration' })).toContain('429');
  });

  it('are CONNACK 3 for a registration, and 0x88 in MQTT 5', async () => {
    for (const caller of callers()) {
      const fields = registrationConnect(caller);
      expect(await answerTo(connectPacket(fields))).toBe('20020003');
      expect(await answerTo(connectPacket({ ...fields, protocolVersion: 5 }))).toBe('2003008800');
    }
  });

  it('are CONNACK 3 for a login', async () => {
    const [device] = fleet.devices;
    const others = [
      { ...device, deviceSecret: 'f'.repeat(32) },
      { ...device, deviceName: 'nobody_000001' },
      { ...device, productKey: 'a1nowhere00' },
    ];
    for (const one of [device, ...others]) {
      expect(await answerTo(connectPacket(credentials(one)))).toBe('20020003');
    }
    expect(await answerTo(connectPacket({ clientId: 'no login at all' }))).toBe('20020003');
  });

  it('are counted as those of strangers, and stop nobody at another address or at the API', async () => {
    const count = async () => {
      await service.service.app.get(StrangerCounter).flush();
      const [row] = await query<{ n: number }>(
        service,
        'SELECT coalesce(sum(count), 0)::integer AS n FROM stranger_refusal WHERE product_key = $1',
        [fleet.productKey],
      );
      return row?.n ?? 0;
    };
    const before = await count();
    await service.postDeviceForm(registrationForm({ ...fleet, ...fleet.devices[0] }));
    expect(await count()).toBe(before + 1);
    expect((await service.call('GET', `/api/v1/products/${fleet.productKey}`)).status).toBe(200);
    expect(service.service.app.get(AddressLimit).take('192.0.2.1')).toBe(true);
  });
});
