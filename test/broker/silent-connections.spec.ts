import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { Listeners } from '../../src/platform/listeners/listeners.js';
import { registrationForm } from '../support/registering.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { credentials, makeFleet } from './devices.js';
import type { TestDevice } from './devices.js';
import { RawClient, accepted, connectPacket, pingAnswer, pingRequest } from './raw-client.js';

async function start(settings: Readonly<Record<string, string>>): Promise<TestService> {
  const service = await startTestService(settings);
  onTestFinished(() => service.stop());
  return service;
}

/** Opens silent connections, half of them where TLS is spoken, in an order that the service knows. */
async function openSilent({ service: { app, ports } }: TestService, count: number, limit = count) {
  const listeners = app.get(Listeners);
  const sockets: Socket[] = [];
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  for (let index = 0; index < count; index += 1) {
    const port = index % 2 === 0 ? ports.mqttPort : ports.tlsPort;
    const socket = connect({ host: '127.0.0.1', port }).on('error', () => undefined);
    sockets.push(socket.resume());
    const oldest = sockets[index - limit];
    const isSeen = () => listeners.halfOpenConnections > index || oldest?.closed === true;
    await vi.waitUntil(isSeen, { interval: 1, timeout: 10_000 });
  }
  return sockets;
}

async function logIn({ service }: TestService, device: TestDevice): Promise<RawClient> {
  const client = await RawClient.open(service.ports.mqttPort);
  client.send(connectPacket(credentials(device)));
  expect(await client.bytes(4)).toBe(accepted);
  return client;
}

it('past the limit the oldest silent connections go, and modules still register and log in', async () => {
  const service = await start({ HALF_OPEN_LIMIT: '50' });
  const fleet = await makeFleet(service, { quantity: 2 });
  const [device, other] = fleet.devices;
  const older = await logIn(service, other ?? device);
  const sockets = await openSilent(service, 60, 50);
  expect(sockets.map((socket) => socket.closed)).toEqual(sockets.map((_, index) => index < 10));
  const form = registrationForm({ ...device, productSecret: fleet.productSecret });
  expect(await service.postDeviceForm(form)).toContain(device.deviceSecret);
  await logIn(service, device);
  older.send(pingRequest); // it is no longer silent, so it is not the oldest of them
  expect(await older.bytes(6)).toBe(accepted + pingAnswer);
});

it('a thousand silent connections do not stop the next one', async () => {
  const service = await start({});
  const fleet = await makeFleet(service, { quantity: 1 });
  const sockets = await openSilent(service, 1000);
  const [device] = fleet.devices;
  const form = registrationForm({ ...device, productSecret: fleet.productSecret });
  expect(await service.postDeviceForm(form)).toContain(device.deviceSecret);
  expect(sockets.filter((socket) => socket.closed)).toEqual([]);
});
