import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded-broker.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { credentials, makeFleet } from './devices.js';
import type { Fleet } from './devices.js';
import { openPort } from './open-port.js';
import { RawClient, accepted, connectPacket } from './raw-client.js';

const identifierRejected = '20020002';

let service: TestService;
let fleet: Fleet;
beforeAll(async () => {
  service = await startTestService();
  fleet = await makeFleet(service, { quantity: 1 });
});
afterAll(async () => {
  await service.stop();
});

async function logIn(keepalive: number, protocolVersion: 3 | 4 = 4): Promise<RawClient> {
  const client = await RawClient.open(service.service.ports.mqttPort);
  const fields = { ...credentials(fleet.devices[0]), keepalive, protocolVersion };
  client.send(connectPacket(fields));
  return client;
}

describe('a login', () => {
  it.each([0, 1, 29])('with a keep-alive of %d s is refused with CONNACK 2', async (keepalive) => {
    expect(await (await logIn(keepalive)).closed()).toBe(identifierRejected);
    expect(await (await logIn(keepalive, 3)).closed()).toBe(identifierRejected);
  });

  it.each([30, 60, 1200, 1201, 65_535])(
    'with a keep-alive of %d s is accepted',
    async (keepalive) => {
      expect(await (await logIn(keepalive)).bytes(4)).toBe(accepted);
    },
  );

  it.each([
    [30, 30],
    [1200, 1200],
    [1201, 1200],
    [65_535, 1200],
  ])('with a keep-alive of %d s is counted as one of %d s', async (keepalive, counted) => {
    const timers = vi.spyOn(globalThis, 'setTimeout');
    try {
      await (await logIn(keepalive)).bytes(4);
      const waits = timers.mock.calls.map(([, ms]) => ms ?? 0);
      // Once and a half the keep-alive [MQTT-3.1.2-24].
      const isRight = (ms: number): boolean => ms >= counted * 1500 && ms < counted * 1500 + 1000;
      expect(waits.filter(isRight)).toHaveLength(1);
    } finally {
      timers.mockRestore();
    }
  });
});

it('a device that is silent for once and a half its keep-alive is dropped', async () => {
  const broker = service.service.app.get(EmbeddedBroker);
  const [device] = fleet.devices;
  // Behind the front door, which would refuse so short a keep-alive.
  const port = await openPort((socket) => {
    broker.take(socket, device, '127.0.0.1');
  });
  const client = await RawClient.open(port);
  client.send(connectPacket({ ...credentials(device), keepalive: 1 }));
  await client.bytes(4);
  const acceptedAt = performance.now();
  expect(await client.closed()).toBe(accepted);
  expect(performance.now() - acceptedAt).toBeGreaterThan(1400);
});
