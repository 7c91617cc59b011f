import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { CutOff } from '../../src/broker/cut-off.js';
import { EmbeddedBroker } from '../../src/broker/embedded-broker.js';
import { NewestConnection } from '../../src/broker/newest-connection.js';
import { Signals } from '../../src/platform/signals/signals.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { credentials, makeFleet } from './devices.js';
import type { Fleet, TestDevice } from './devices.js';
import { PlainBroker, take } from './plain-broker.js';
import { RawClient, accepted, connectPacket, pingAnswer, pingRequest } from './raw-client.js';

/** One database, and four copies of the service: two with the embedded broker, two before another. */
let broker: PlainBroker;
let one: TestService;
let other: TestService;
let piping: TestService;
let pipingToo: TestService;
let fleet: Fleet;
beforeAll(async () => {
  broker = await new PlainBroker().listen();
  one = await startTestService();
  const shared = {
    DATABASE_URL: one.database.url.expose(),
    MASTER_KEY_FILE: join(one.dataDir, 'master.key'),
  };
  const before = { ...shared, BROKER_URL: broker.url };
  [other, piping, pipingToo] = await Promise.all([
    startTestService(shared),
    startTestService(before),
    startTestService(before),
  ]);
  for (const service of [one, other, piping, pipingToo]) {
    const keys: string[] = [];
    service.service.app.get(Signals).on('connection', (key = '') => void keys.push(key));
    heard.set(service, keys);
  }
  fleet = await makeFleet(one, { quantity: 30 });
});
afterAll(async () => {
  for (const service of [pipingToo, piping, other, one]) await service.stop();
  await broker.close();
});

/** The announcements of connections that each copy has heard. */
const heard = new Map<TestService, string[]>();

/** Waits until a copy has heard of connections of a device; of two within a moment either may win. */
async function whenHeard(service: TestService, device: TestDevice, times = 1): Promise<void> {
  const count = () => heard.get(service)?.filter((key) => key.includes(device.deviceName)).length;
  await expect.poll(count).toBe(times);
}

let next = 0;

function fresh(): TestDevice {
  const device = fleet.devices[next];
  if (!device) throw new Error('the fleet is used up');
  next += 1;
  return device;
}

/** Logs in at a copy with the embedded broker. */
async function enter(service: TestService, device: TestDevice): Promise<RawClient> {
  const client = await RawClient.open(service.service.ports.mqttPort);
  client.send(connectPacket(credentials(device)));
  expect(await client.bytes(4)).toBe(accepted);
  return client;
}

/** Logs in through a copy that pipes; `answer` is what the broker says. */
async function enterPiped(
  service: TestService,
  device: TestDevice,
  answer = accepted,
): Promise<{ readonly client: RawClient; say(hex: string): void }> {
  const packet = connectPacket(credentials(device));
  const client = await RawClient.open(service.service.ports.mqttPort);
  client.send(packet);
  const far = await broker.next();
  onTestFinished(() => {
    far.destroy();
  });
  await take(far, packet.length);
  const say = (hex: string): void => void far.write(Buffer.from(hex, 'hex'));
  say(answer);
  if (answer !== '') expect(await client.bytes(4)).toBe(answer);
  return { client, say };
}

/** Activates a device, so that an admin can reset it. */
async function activate(device: TestDevice): Promise<void> {
  (await enter(one, device)).socket.destroy();
}

async function life({ productKey, deviceName }: TestDevice, action: string): Promise<void> {
  const body = action === 'void' ? { reason: 'test' } : {};
  const path = `/api/v1/devices/${productKey}/${deviceName}/${action}`;
  expect((await one.call('POST', path, body)).status).toBe(200);
}

describe('a device that is disabled, reset or voided at another copy', () => {
  it.each(['disable', 'reset', 'void'])('is cut off the embedded broker (%s)', async (action) => {
    const device = fresh();
    const client = await enter(other, device);
    await life(device, action);
    expect(await client.closed()).toBe(accepted);
  });

  it.each(['disable', 'reset', 'void'])('is cut off the outside broker (%s)', async (action) => {
    const device = fresh();
    await activate(device);
    const { client } = await enterPiped(piping, device);
    const bystander = fresh();
    await activate(bystander);
    const stays = await enterPiped(piping, bystander);
    await life(device, action);
    expect(await client.closed()).toBe(accepted);
    stays.say('d000');
    expect(await stays.client.bytes(6)).toBe(`${accepted}d000`);
  });

  it('while a broker decides on it is let go only after the answer, which tells nobody anything', async () => {
    const device = fresh();
    await activate(device);
    const undecided = await enterPiped(piping, device, '');
    const settled = await enterPiped(piping, fresh());
    const shutOut = piping.service.app.get(CutOff);
    await life(device, 'disable');
    await shutOut.check(`${device.productKey} ${device.deviceName}`);
    expect(undecided.client.socket.destroyed).toBe(false);
    undecided.say(accepted);
    expect(['', accepted]).toContain(await undecided.client.closed());
    settled.say('d000');
    expect(await settled.client.bytes(6)).toBe(`${accepted}d000`);
  });

  it('after its login was checked, and before it was connected, is cut off a little later', async () => {
    const device = fresh();
    const first = await enter(one, device);
    await life(device, 'disable');
    await first.closed(); // the signal was heard
    const client = await enterUnchecked(one, device);
    const shutOut = one.service.app.get(CutOff);
    await shutOut.lookAgain();
    await shutOut.lookAgain();
    expect(await client.closed()).toBe(accepted);
  });
});

/** Connects a device to the embedded broker as if its login had been checked a moment before. */
async function enterUnchecked({ service }: TestService, device: TestDevice): Promise<RawClient> {
  const server = createServer((socket) => {
    service.app.get(EmbeddedBroker).take(socket, device, '127.0.0.1');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  const client = await RawClient.open((server.address() as AddressInfo).port);
  client.send(connectPacket(credentials(device)));
  expect(await client.bytes(4)).toBe(accepted);
  return client;
}

describe('a newer connection of a device at another copy', () => {
  it('ends the older one of the embedded broker, there and back', async () => {
    const device = fresh();
    const first = await enter(one, device);
    await whenHeard(one, device);
    const second = await enter(other, device);
    expect(await first.closed()).toBe(accepted);
    await whenHeard(other, device, 2);
    const third = await enter(one, device);
    expect(await second.closed()).toBe(accepted);
    third.send(pingRequest);
    expect(await third.bytes(6)).toBe(accepted + pingAnswer);
  });

  it('ends the older one of an outside broker', async () => {
    const device = fresh();
    const first = await enterPiped(piping, device);
    await whenHeard(piping, device);
    const second = await enterPiped(pipingToo, device);
    expect(await first.client.closed()).toBe(accepted);
    second.say(pingAnswer);
    expect(await second.client.bytes(6)).toBe(accepted + pingAnswer);
  });

  it('that the outside broker has refused ends nothing', async () => {
    const [device, marker] = [fresh(), fresh()];
    const first = await enterPiped(piping, device);
    await enterPiped(pipingToo, device, '20020005');
    const older = await enterPiped(piping, marker);
    await whenHeard(piping, marker);
    await enterPiped(pipingToo, marker);
    expect(await older.client.closed()).toBe(accepted); // signals up to here were heard
    first.say(pingAnswer);
    expect(await first.client.bytes(6)).toBe(accepted + pingAnswer);
  });

  it('that is gone before others hear of it ends nothing', async () => {
    const [device, marker] = [fresh(), fresh()];
    const sent = vi.spyOn(one.service.app.get(Signals), 'sendAll');
    const connections = one.service.app.get(NewestConnection);
    const leave = connections.announce(device, () => undefined);
    connections.announce(marker, () => undefined);
    leave();
    const keys = (): string => sent.mock.calls.map(([, , all]) => all.join()).join();
    await expect.poll(keys).toContain(marker.deviceName);
    expect(keys()).not.toContain(device.deviceName);
    sent.mockRestore();
  });

  it('and one here at the same moment leave exactly one', async () => {
    for (let round = 0; round < 5; round += 1) {
      const device = fresh();
      const clients = await Promise.all([enter(one, device), enter(other, device)]);
      await Promise.race(clients.map((client) => client.closed()));
      const rest = clients.filter(({ socket }) => !socket.destroyed);
      for (const client of rest) client.send(pingRequest);
      expect(rest).toHaveLength(1);
      expect(await rest[0]?.bytes(6)).toBe(accepted + pingAnswer);
    }
  });
});
