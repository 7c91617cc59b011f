import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { credentials, makeFleet, query, setTopic } from './devices.js';
import type { Fleet, TestDevice } from './devices.js';
import { askAsEmqx } from './hook-calls.js';

interface Rule {
  readonly permission: string;
  readonly action: string;
  readonly topic: string;
}

let service: TestService;
let fleet: Fleet;
beforeAll(async () => {
  service = await startTestService();
  fleet = await makeFleet(service, { quantity: 10 });
  await setTopic(service, fleet.productKey, 'loop', 'ALL');
});
afterAll(async () => {
  await service.stop();
});

let next = 0;

/** A device of the fleet that nothing was done with. */
function fresh(): TestDevice {
  const device = fleet.devices[next];
  if (!device) throw new Error('the fleet is used up');
  next += 1;
  return device;
}

/** What EMQX knows of a device that logs in. */
function loginOf(device: TestDevice) {
  const { clientId, username, password } = credentials(device);
  return { clientid: clientId, username, password, peerhost: '203.0.113.9' };
}

/** What `deploy/emqx/emqx.conf` lets EMQX send to a hook: EMQX fills in each `${name}`. */
async function asConfigured(hook: string, known: Readonly<Record<string, string>>) {
  const path = join(import.meta.dirname, '..', '..', 'deploy', 'emqx', 'emqx.conf');
  const [, after = ''] = (await readFile(path, 'utf8')).split(`/hooks/emqx/${hook}"`);
  const [, body = ''] = /body \{([^]*?)\n\s*\}\n/.exec(after) ?? [];
  const fields = [...body.matchAll(/^ *(\w+) = "\$\{(\w+)\}"$/gm)];
  expect(fields.length).toBeGreaterThan(3);
  return Object.fromEntries(fields.map(([, key = '', name = '']) => [key, known[name]]));
}

async function ask(name: string, fields: unknown): Promise<Record<string, unknown>> {
  const { status, contentType, text } = await askAsEmqx(service, name, fields);
  expect(status).toBe(200);
  // EMQX passes over an answer of any other type.
  expect(contentType).toMatch(/^application\/json\b/);
  return JSON.parse(text) as Record<string, unknown>;
}

async function authorize(device: TestDevice, action: string, topic: string): Promise<unknown> {
  const { clientid, username, peerhost } = loginOf(device);
  const { result } = await ask('authorize', { clientid, username, peerhost, action, topic });
  return result;
}

describe('a login that EMQX asks about', () => {
  it('is allowed with all rights of the device and no other', async () => {
    const device = fresh();
    const answer = await ask('authenticate', loginOf(device));
    expect(Object.keys(answer).sort()).toEqual(['acl', 'is_superuser', 'result']);
    expect(answer).toMatchObject({ result: 'allow', is_superuser: false });
    const rules = answer['acl'] as readonly Rule[];
    const own = `/${device.productKey}/${device.deviceName}/user`;
    const allow = (action: string, topic: string): Rule => ({ permission: 'allow', action, topic });
    expect(rules).toContainEqual(allow('publish', `${own}/loop`));
    expect(rules).toContainEqual(allow('subscribe', `${own}/loop`));
    expect(rules).toContainEqual(allow('subscribe', `${own}/get`));
    expect(rules).not.toContainEqual(allow('publish', `${own}/get`));
    expect(rules.at(-1)).toEqual({ permission: 'deny', action: 'all', topic: '#' });
    const isOwn = ({ topic }: Rule): boolean =>
      topic.includes(`/${device.productKey}/${device.deviceName}`) ||
      topic === `/broadcast/${device.productKey}/+`;
    expect(rules.slice(0, -1).filter((rule) => !isOwn(rule))).toEqual([]);
    // Placeholders of EMQX begin with a dollar; nobody may be able to write one.
    expect(rules.filter(({ topic }) => topic.includes('$'))).toEqual([]);
  });

  it('is asked about as deploy/emqx/emqx.conf says', async () => {
    const login = loginOf(fresh());
    const sent = await asConfigured('authenticate', login);
    expect(sent).toEqual(login);
    expect(await ask('authenticate', sent)).toMatchObject({ result: 'allow' });
    const names = login.username.split('&').reverse().join('/');
    const wish = { ...login, action: 'publish', topic: `/${names}/user/loop` };
    expect(await ask('authorize', await asConfigured('authorize', wish))).toEqual({
      result: 'allow',
    });
  });

  it('activates the device, and the history tells from where', async () => {
    const device = fresh();
    await ask('authenticate', loginOf(device));
    const told = await query(
      service,
      `SELECT address FROM audit_event WHERE action = 'device.activated' AND device_name = $1`,
      [device.deviceName],
    );
    expect(told).toEqual([{ address: '203.0.113.9' }]);
  });

  it('is denied with status 200 when it proves nothing', async () => {
    const good = loginOf(fresh());
    const { clientid, username, peerhost } = good;
    const denied: unknown[] = [
      { ...good, password: '00' },
      { ...good, username: `nobody&${fleet.productKey}` },
      { clientid, username, peerhost },
      { ...good, password: undefined, username: undefined },
      { ...good, clientid: ['x'] },
      {},
      [],
    ];
    for (const fields of denied) expect(await ask('authenticate', fields)).toEqual(deny);
  });

  it('is denied when it is a registration', async () => {
    const { productKey, deviceName } = fresh();
    const content = `deviceName${deviceName}productKey${productKey}random1`;
    const login = {
      clientid: 'x|securemode=2,authType=register,random=1,signmethod=hmacsha256|',
      username: `${deviceName}&${productKey}`,
      password: createHmac('sha256', fleet.productSecret).update(content).digest('hex'),
    };
    expect(await ask('authenticate', login)).toEqual(deny);
  });

  it('is denied once the device is disabled, and so is what its open connection asks', async () => {
    const device = fresh();
    const { productKey, deviceName } = device;
    const topic = `/${productKey}/${deviceName}/user/loop`;
    expect(await ask('authenticate', loginOf(device))).toMatchObject({ result: 'allow' });
    await service.call('POST', `/api/v1/devices/${productKey}/${deviceName}/disable`, {});
    expect(await ask('authenticate', loginOf(device))).toEqual(deny);
    await expect.poll(() => authorize(device, 'publish', topic)).toBe('deny');
  });

  it('is not shown again in an error or the log', async () => {
    const device = fresh();
    const { password } = credentials(device);
    const broken = JSON.stringify(loginOf(device)).slice(0, -1);
    const { status, text } = await askAsEmqx(service, 'authenticate', broken);
    expect(status).toBe(400);
    for (const shown of [text, service.log()]) {
      expect(shown).not.toContain(password);
      expect(shown).not.toContain(device.deviceName);
    }
  });
});

const deny = { result: 'deny' };

describe('what EMQX asks about a topic', () => {
  let device: TestDevice;
  beforeAll(async () => {
    device = fresh();
    await ask('authenticate', loginOf(device));
  });

  it.each([
    ['publish', '/{}/user/loop', 'allow'],
    ['subscribe', '/{}/user/loop', 'allow'],
    ['publish', '/{}/user/get', 'deny'],
    ['subscribe', '/sys/{}/thing/service/+', 'allow'],
    ['subscribe', '/{}/user/+', 'deny'],
    ['subscribe', '#', 'deny'],
    ['subscribe', '$SYS/#', 'deny'],
    ['publish', '$delayed/1//{}/user/loop', 'deny'],
    ['all', '/{}/user/loop', 'deny'],
  ])('to %s %s is answered: %s', async (action, topic, expected) => {
    const own = `${device.productKey}/${device.deviceName}`;
    expect(await authorize(device, action, topic.replace('{}', own))).toBe(expected);
  });

  it('by a device that never logged in is denied', async () => {
    const other = fresh();
    const topic = `/${other.productKey}/${other.deviceName}/user/loop`;
    expect(await authorize(other, 'publish', topic)).toBe('deny');
    expect(await ask('authorize', { username: 'x', action: 'publish', topic })).toEqual(deny);
  });

  it('changes with the topic classes of the product', async () => {
    const topic = `/${device.productKey}/${device.deviceName}/user/later`;
    expect(await authorize(device, 'publish', topic)).toBe('deny');
    await setTopic(service, device.productKey, 'later', 'PUB');
    await expect.poll(() => authorize(device, 'publish', topic)).toBe('allow');
  });
});
