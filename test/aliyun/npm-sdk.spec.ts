import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { TopicRights } from '../../src/broker/topic-rights.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import type { TestDevice } from '../broker/devices.js';
import { deviceName, makeKnownDevices, productKey, productSecret } from './known-device.js';

let service: TestService;
let device: TestDevice;
beforeAll(async () => {
  service = await startTestService();
  [device] = await makeKnownDevices(service);
});
afterAll(async () => {
  await service.stop();
});

/** What the SDK told, in the order in which it happened. */
interface Told {
  readonly what: string;
  readonly detail: unknown;
}

/** Runs the unmodified SDK; it is ended when the test is over. */
function startSdk(property: object) {
  const { ports, urls } = service.service;
  const child = fork(join(import.meta.dirname, 'npm-sdk-device.mjs'), {
    execArgv: [],
    env: { ...process.env, NODE_EXTRA_CA_CERTS: urls.ca ?? '' },
  });
  onTestFinished(async () => {
    if (child.exitCode !== null) return;
    child.kill();
    await once(child, 'exit');
  });
  const told: Told[] = [];
  child.on('message', (message: Told) => told.push(message));
  child.send({
    product: { productKey, productSecret, deviceName },
    registerURL: `${urls.https}/auth/register/device`,
    brokerUrl: `mqtts://127.0.0.1:${ports.tlsPort}/`,
    property,
  });
  const all = (what: string): unknown[] =>
    told.filter((one) => one.what === what).map(({ detail }) => detail);
  return {
    all,
    /** Waits until so many things of a kind were told. */
    async told(what: string, count = 1): Promise<unknown[]> {
      await vi.waitFor(
        () => {
          expect(all(what).length).toBeGreaterThanOrEqual(count);
        },
        { timeout: 15_000, interval: 20 },
      );
      return all(what);
    },
    async end(): Promise<void> {
      child.send('end');
      await once(child, 'exit');
    },
  };
}

/** Sends a message down to the device, as an admin does. */
async function down(topic: string, message: object): Promise<void> {
  const body = { topic, payload: JSON.stringify(message), qos: 1 };
  const path = `/api/v1/devices/${productKey}/${deviceName}/publish`;
  const { text } = await service.call('POST', path, body);
  expect(text).toBe('{"online":true,"delivery":"sent"}');
}

const sys = `/sys/${productKey}/${deviceName}`;

it('the npm SDK registers, connects, posts a property and answers a service call', async () => {
  const decisions = vi.spyOn(service.service.app.get(TopicRights), 'allows');
  const isLetIn = (topic: string): boolean =>
    decisions.mock.calls.some(
      ([, action, asked], index) =>
        action === 'publish' && asked === topic && decisions.mock.results[index]?.value === true,
    );
  const sdk = startSdk({ temperature: 21 });

  expect(await sdk.told('registered')).toEqual([
    { code: 200, data: { ...device }, message: 'success' },
  ]);
  await sdk.told('connect');
  // 16 topics of the SDK and the one of the service; it asks for one that is the device's to publish.
  const granted = (await sdk.told('subscribed', 17)).flat();
  expect(granted.filter((code) => code === 0x80)).toHaveLength(1);
  expect(granted.filter((code) => code === 1)).toHaveLength(15);

  await vi.waitFor(() => {
    expect(isLetIn(`${sys}/thing/event/property/post`)).toBe(true);
  });
  const reply = { id: '1|exp-topic|', code: 200, data: {} };
  const replyTopic = `${sys}/thing/event/property/post_reply`;
  // The SDK hangs the topic it waits for on the id, and wants it back as it was.
  await down(replyTopic, { ...reply, id: reply.id + replyTopic });
  expect(await sdk.told('posted')).toEqual([{ ...reply, id: reply.id + replyTopic }]);

  const call = { id: '77', version: '1.0', params: { in: 5 }, method: 'thing.service.reboot' };
  await down(`${sys}/thing/service/reboot`, call);
  expect(await sdk.told('called')).toEqual([call]);
  await vi.waitFor(() => {
    expect(isLetIn(`${sys}/thing/service/reboot_reply`)).toBe(true);
  });
  expect([sdk.all('error'), sdk.all('close')]).toEqual([[], []]);
  await sdk.end();
});
