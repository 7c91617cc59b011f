import { spawn, spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { credentials, makeFleet, setTopic } from './devices.js';
import type { Fleet } from './devices.js';

const isHere = spawnSync('mosquitto_sub', ['--help']).error === undefined;
const mustRun = Boolean(process.env['CI']);
const title = isHere || mustRun ? '' : ' (skipped: mosquitto-clients is not installed)';

let service: TestService;
let fleet: Fleet;
beforeAll(async () => {
  service = await startTestService();
  fleet = await makeFleet(service, { quantity: 3 });
  await setTopic(service, fleet.productKey, 'loop', 'ALL');
});
afterAll(async () => {
  await service.stop();
});

/** Starts a client of the mosquitto package; it is killed when the test is over. */
function start(program: string, args: readonly string[]) {
  const process = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => {
    process.kill();
  });
  return process;
}

/** Runs a client of the mosquitto package to its end. */
async function run(
  program: string,
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly text: string }> {
  const process = start(program, args);
  let text = '';
  for (const stream of [process.stdout, process.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => (text += part));
  }
  const [code] = (await once(process, 'close')) as [number | null];
  return { code, text };
}

/** Starts a subscriber and waits until the broker has let it subscribe. */
async function subscribed(args: readonly string[]): Promise<void> {
  const { stdout } = start('stdbuf', ['-oL', 'mosquitto_sub', ...args]);
  for await (const part of stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    if (String(part).includes('Subscribed')) return;
  }
  throw new Error('mosquitto_sub ended');
}

function login(index: number): string[] {
  const device = fleet.devices[index] ?? fleet.devices[0];
  const { clientId, username, password } = credentials(device);
  const port = String(service.service.ports.mqttPort);
  return ['-h', '127.0.0.1', '-p', port, '-i', clientId, '-u', username, '-P', password];
}

function topic(index: number, name: string): string {
  const device = fleet.devices[index] ?? fleet.devices[0];
  return `/${device.productKey}/${device.deviceName}/user/${name}`;
}

describe.skipIf(!isHere && !mustRun)(`clients of mosquitto${title}`, () => {
  it('publish and receive on their own topic', async () => {
    // A second connection of a device ends the first, whose will is the message then.
    const loop = topic(0, 'loop');
    const will = ['--will-topic', loop, '--will-payload', 'gone', '--will-qos', '1'];
    await subscribed([...login(0), '-d', '-c', '-q', '1', '-t', loop, ...will]);
    const args = [...login(0), '-c', '-q', '1', '-t', loop, '-C', '1', '-W', '10'];
    expect(await run('mosquitto_sub', args)).toEqual({ code: 0, text: 'gone\n' });
  });

  it('register with the line of the README and print what they got', async () => {
    const { deviceName = '' } = fleet.devices[2] ?? {};
    const { productKey, productSecret } = fleet;
    const content = `deviceName${deviceName}productKey${productKey}random123456`;
    const { mqttsPort } = service.service.ports;
    const { code, text } = await run('mosquitto_sub', [
      ...['-h', '127.0.0.1', '-p', String(mqttsPort), '-t', 'x', '-C', '1', '-W', '10', '-v'],
      ...['--cafile', service.service.urls.ca ?? ''],
      ...[
        '-i',
        `${deviceName}|securemode=2,authType=register,random=123456,signmethod=hmacsha256|`,
      ],
      ...['-u', `${deviceName}&${productKey}`],
      ...['-P', createHmac('sha256', productSecret).update(content).digest('hex')],
    ]);
    expect(text).toMatch(
      /^\/ext\/register \{"productKey":"[^"]+","deviceName":"[^"]+","deviceSecret":"[0-9a-f]{32}"\}$/m,
    );
    expect(code).toBe(0);
  });

  it('are refused the topic of another device with 0x80', async () => {
    const { text } = await run('mosquitto_sub', [...login(0), '-d', '-t', topic(1, 'loop')]);
    expect(text).toContain('Subscribed (mid: 1): 128');
  });

  it('are acknowledged a message that goes nowhere', async () => {
    const args = [...login(0), '-d', '-q', '1', '-t', topic(1, 'loop'), '-m', 'forged'];
    const { code, text } = await run('mosquitto_pub', args);
    expect(text).toContain('received PUBACK');
    expect(code).toBe(0);
  });

  it('are refused with 4 when the signature is wrong', async () => {
    const args = [...login(0), '-P', 'ff', '-t', topic(0, 'loop'), '-m', 'x'];
    const { code, text } = await run('mosquitto_pub', args);
    expect(text).toContain('bad user name or password');
    expect(code).not.toBe(0);
  });

  it.each(['mqttv31', 'mqttv311', 'mqttv5'])('register over %s', async (version) => {
    const { productKey, productSecret, devices } = fleet;
    const { deviceName, deviceSecret } = devices[2] ?? devices[0];
    const content = `deviceName${deviceName}productKey${productKey}random1`;
    const password = createHmac('sha256', productSecret).update(content).digest('hex');
    const { text } = await run('mosquitto_sub', [
      ...[
        '-h',
        '127.0.0.1',
        '-p',
        String(service.service.ports.mqttPort),
        '-V',
        version,
        '-C',
        '1',
      ],
      ...['-i', `x|securemode=2,authType=register,random=1,signmethod=hmacsha256|`],
      ...['-u', `${deviceName}&${productKey}`, '-P', password, '-t', '/ext/register'],
    ]);
    expect(JSON.parse(text)).toEqual({ productKey, deviceName, deviceSecret });
  });
});
