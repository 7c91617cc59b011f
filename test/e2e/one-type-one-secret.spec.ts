import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../src/core/secret.js';
import type { Simulator } from '../../src/simulator/options.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import { registrationLogin } from '../../src/stations/registration-login.js';
import { Terminal } from '../simulator/terminal.js';
import { portsOf, untilEnded } from '../support/jig.js';
import type { MadeStation, ShownRun } from '../support/jig.js';
import { exportTriples, waitUntilMinted } from '../support/orders.js';
import type { ShownOrder } from '../support/orders.js';
import { startTestService, adminKey } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { dump, exchangesOf, readBlocks } from './page-blocks.js';
import { WireTap } from './wire-tap.js';

const tools = ['sh', 'curl', 'openssl'];
const isHere = tools.every((tool) => spawnSync(tool, ['--version']).error === undefined);
const mustRun = Boolean(process.env['CI']);
const title = isHere || mustRun ? '' : ' (skipped: curl or openssl is not installed)';

const productKey = 'a1TESTpk001';
const page = await readBlocks('one-type-one-secret.md');
const chinesePage = await readBlocks('one-type-one-secret.zh-CN.md');

/** What stands on the page for a value that every run has of its own. */
const shown = {
  secret: 'DEVICE-SECRET-32-HEX-DIGITS-HERE',
  host: '192.0.2.10',
  tcp: '"192.0.2.10",1883',
  tls: '"192.0.2.10",8883',
};

/** The part of a claim's answer that differs from claim to claim. */
interface ShownClaim {
  readonly leaseUntil: string;
  readonly registration: ReturnType<typeof loginOf>;
}

/** The login by which a device of the page registers. */
function loginOf(deviceName: string, random: string) {
  const productSecret = new Secret('Ps3cr3tForTests1');
  const login = registrationLogin({ productKey, deviceName, productSecret, random });
  return { ...login, password: login.password.expose() };
}

function connectCommand({ clientId, username, password }: ReturnType<typeof loginOf>): string {
  return `AT+LMQTTCONN=0,"${clientId}","${username}","${password}"`;
}

/** What the module says when a login brings a secret. */
function brings(deviceName: string, deviceSecret = ''): string[] {
  const payload = JSON.stringify({ productKey, deviceName, deviceSecret });
  return ['OK', '+LMQTTCONN: 0,0,0', `+LMQTTURC: RECV,0,0,"/ext/register",${payload}`];
}

function block(tag: string): string {
  const text = page.get(tag);
  if (text === undefined) throw new Error(`the page has no block "${tag}"`);
  return text;
}

/** The bytes of a dump on the page. */
function bytes(tag: string): Buffer {
  const rows = block(tag).split('\n');
  return Buffer.from(rows.map((row) => row.slice(10, 57).replaceAll(' ', '')).join(''), 'hex');
}

it('stands on the English and the Chinese page alike', () => {
  expect([...page.keys()].length).toBeGreaterThan(20);
  expect(chinesePage).toEqual(page);
});

describe.skipIf(!isHere && !mustRun)(`the page one-type-one-secret${title}`, () => {
  let service: TestService;
  let simulator: Simulator;
  let wire: WireTap;
  let line: Terminal;
  let secrets: ReadonlyMap<string, string>;
  const variables: Record<string, string> = {};
  const cleanUps: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    service = await startTestService();
    cleanUps.push(() => service.stop());
    wire = await WireTap.open(service.service.ports.mqttPort);
    cleanUps.push(() => wire.close());
    simulator = await startSimulator({ slots: 2 });
    cleanUps.push(() => simulator.close());
    line = await Terminal.connect(simulator.ports[0]?.port ?? 0);
    cleanUps.push(() => line.close());
    await line.ask('ATE0');
    variables['API'] = `${service.service.urls.http}/api/v1`;
    variables['ADMIN'] = `Authorization: Bearer ${adminKey}`;
    variables['JSON'] = 'Content-Type: application/json';
    await sh('product');
    const { orderId } = JSON.parse(await sh('order')) as ShownOrder;
    expect(orderId).toBe('ord-1');
    await waitUntilMinted(service, orderId);
    secrets = await exportTriples(service, orderId);
  });
  afterAll(async () => {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  });

  /** Runs a shell block of the page as it stands; `changes` are for what differs from run to run. */
  async function sh(tag: string, changes: readonly [string, string][] = []): Promise<string> {
    const script = changes.reduce(
      (text, [from, to]) => {
        expect(text).toContain(from);
        return text.replaceAll(from, to);
      },
      block(`sh ${tag}`),
    );
    const env = { PATH: process.env['PATH'], ...variables };
    return (await promisify(execFile)('sh', ['-euc', script], { env })).stdout;
  }

  function real(text: string): string {
    const { mqttsPort } = service.service.ports;
    return text
      .replace(shown.tcp, `"127.0.0.1",${wire.port}`)
      .replace(shown.tls, `"127.0.0.1",${mqttsPort}`)
      .replace(shown.secret, secrets.get('MODEM-0001') ?? '');
  }

  /** Types a block of the page and expects every line that the module says, and no other. */
  async function talk(tag: string): Promise<void> {
    for (const { sizeBytes, command, answers } of exchangesOf(block(`at ${tag}`))) {
      expect(Buffer.byteLength(`${command}\r`), command).toBe(sizeBytes);
      await say(
        real(command),
        answers.map((answer) => real(answer)),
      );
    }
  }

  async function say(command: string, answers: readonly string[]): Promise<void> {
    line.type(`${command}\r`);
    let heard = '';
    for (const answer of answers) heard += await line.until(`\r\n${answer}\r\n`, 15_000);
    const isEcho = (text: string) => text === '' || text === command;
    const lines = heard.split(/[\r\n]+/).filter((text) => !isEcho(text));
    expect(lines).toEqual(answers);
  }

  const open = () => say(real(`AT+LMQTTOPEN=0,${shown.tcp}`), ['OK', '+LMQTTOPEN: 0,0']);
  const close = () => say('AT+LMQTTCLOSE=0', ['OK', '+LMQTTCLOSE: 0,0']);
  const askCommand = () => exchangesOf(block('at register'))[2]?.command ?? '';
  const policy = (allowPlaintext: boolean) =>
    service.call('PATCH', `/api/v1/products/${productKey}`, { registration: { allowPlaintext } });

  it('gives the openssl line that makes the password', async () => {
    const password = block('text password');
    expect(await sh('password')).toBe(`${password}\n`);
    const login = loginOf('MODEM-0001', '123456');
    expect(login.password).toBe(password);
    expect(askCommand()).toBe(connectCommand(login));
  });

  it.each(['connect', 'connack', 'publish', 'disconnect', 'refused'])(
    'dumps %s as xxd does',
    (name) => {
      expect(dump(bytes(`hex ${name}`))).toBe(block(`hex ${name}`));
    },
  );

  it('has the conversation that brings the secret, byte by byte as on the wire', async () => {
    await talk('register');
    const { sent, received } = await wire.recording();
    expect(dump(sent)).toBe(dump(Buffer.concat([bytes('hex connect'), bytes('hex disconnect')])));
    const told = Buffer.from(real(shown.secret));
    const placeholder = Buffer.from(shown.secret);
    const at = received.indexOf(told);
    placeholder.copy(received, at);
    expect(told).toHaveLength(placeholder.length);
    expect(dump(received)).toBe(dump(Buffer.concat([bytes('hex connack'), bytes('hex publish')])));
  });

  it('has a short form that brings the same secret', async () => {
    await open();
    await talk('short');
    await close();
    const login = exchangesOf(block('at short'))[0]?.command.split('"') ?? [];
    expect(login[1]).toHaveLength(47);
    expect(login[5]).toHaveLength(32);
  });

  it('has the way over TLS, which works where plain TCP is refused with CONNACK 2', async () => {
    await policy(false);
    await open();
    await say(askCommand(), ['OK', '+LMQTTCONN: 0,2,2']);
    expect((await wire.recording()).received).toEqual(Buffer.from('20020002', 'hex'));
    await talk('tls');
    await say(askCommand(), brings('MODEM-0001', secrets.get('MODEM-0001')));
    await close();
    await say('AT+LMQTTCFG="sslenable",0,0', ['OK']);
    await policy(true);
  });

  it.each([
    ['a wrong password', (command: string) => command.replace('a8c"', 'a8d"'), 4],
    ['an unknown product key', (command: string) => command.replace('&a1', '&a2'), 4],
    ['no signmethod', (command: string) => command.replace(',signmethod=hmacsha256', ''), 2],
    ['regnwl', (command: string) => command.replace('=register', '=regnwl'), 4],
  ])('says which CONNACK answers %s', async (_, spoil, code) => {
    expect(spoil(askCommand())).not.toBe(askCommand());
    await open();
    await say(spoil(askCommand()), ['OK', `+LMQTTCONN: 0,2,${code}`]);
    expect((await wire.recording()).received).toEqual(Buffer.from([0x20, 2, 0, code]));
  });

  it('writes the triple, reads it back after the restart and logs in', async () => {
    await talk('write');
    await talk('login');
    const path = `/api/v1/devices/${productKey}/MODEM-0001`;
    const { body } = await service.call<{ activatedAt: string | null }>('GET', path);
    expect(body.activatedAt).not.toBeNull();
  });

  it('shows how a second registration is refused after the activation', async () => {
    await talk('again');
    expect(dump((await wire.recording()).received)).toBe(block('hex refused'));
    const { urls } = service.service;
    const where: [string, string][] = [
      ['data/tls/ca.crt', urls.ca ?? ''],
      ['https://127.0.0.1:8443', urls.https],
    ];
    expect(await sh('https', where)).toBe(block('text https'));
  });

  it('tells what the jig sends in a run, in this order', async () => {
    const made = JSON.parse(await sh('station')) as MadeStation;
    variables['STATION'] = `Authorization: Bearer ${made.key}`;
    const [, port = ''] = portsOf(simulator);
    await sh('slots', [['tcp://127.0.0.1:7001', port]]);
    const { runId } = JSON.parse(await sh('run')) as ShownRun;
    const { slots } = await untilEnded(service, made, runId);
    expect(slots).toMatchObject([{ outcome: 'PASS', deviceName: 'MODEM-0002' }]);
    const sent = (slots[0]?.transcript ?? []).filter(({ direction }) => direction === 'sent');
    const masked = sent.map(({ text }) => text.replace(/<(\d+):\w+>/g, '<$1>'));
    const once = masked.filter((text, at) => text !== masked[at - 1]); // a slow module is asked AT again
    const { mqttPort } = service.service.ports;
    expect(once.join('\n').replace(`"127.0.0.1",${mqttPort}`, shown.tcp)).toBe(block('at jig'));
  });

  it('shows the claim whose login brings the secret, and how it is confirmed', async () => {
    const claim = JSON.parse(await sh('claim')) as ShownClaim;
    const documented = JSON.parse(block('json claim')) as ShownClaim;
    for (const { registration } of [claim, documented]) {
      const random = /random=(\w+)/.exec(registration.clientId)?.[1] ?? '';
      expect(registration).toEqual(loginOf('MODEM-0003', random));
    }
    const { leaseUntil, registration } = documented;
    const broker = { host: '127.0.0.1', port: service.service.ports.mqttPort };
    expect({ ...claim, leaseUntil, registration }).toEqual({ ...documented, broker });

    variables['SECRET'] = secrets.get('MODEM-0003') ?? '';
    await open();
    await say(connectCommand(claim.registration), brings('MODEM-0003', variables['SECRET']));
    await close();
    expect(JSON.parse(await sh('confirm'))).toMatchObject({ state: 'confirmed', proof: 'digest' });
  });

  it('says that no more than the quota is registered: CONNACK 3', async () => {
    const order = { quantity: 2, quota: 1, provisioning: 'product-secret' };
    const naming = { kind: 'sequence', prefix: 'OVER-', width: 4 };
    const path = `/api/v1/products/${productKey}/orders`;
    const { body } = await service.call<ShownOrder>('POST', path, { ...order, naming });
    await waitUntilMinted(service, body.orderId);
    const over = await exportTriples(service, body.orderId);
    await open();
    const first = connectCommand(loginOf('OVER-0001', '1'));
    await say(first, brings('OVER-0001', over.get('OVER-0001')));
    await close();
    await open();
    const second = connectCommand(loginOf('OVER-0002', '1'));
    await say(second, ['OK', '+LMQTTCONN: 0,2,3']);
    expect((await wire.recording()).received).toEqual(Buffer.from('20020003', 'hex'));
  });
});
