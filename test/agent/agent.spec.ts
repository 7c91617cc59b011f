import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Activity, SimulatorOptions } from '../../src/simulator/options.js';
import { makeAuthority } from '../../src/platform/tls/authority.js';
import { runCommand, startCommand } from '../support/command.js';
import type { Ended, RunningCommand } from '../support/command.js';
import { exampleWith } from '../dialects/example.js';
import { makeStation, portsOf } from '../support/jig.js';
import { exportTriples, makeOrder } from '../support/orders.js';
import type { ShownOrder } from '../support/orders.js';
import { adminKey, startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { openBench, openSite } from './bench.js';
import type { Site } from './bench.js';

let service: TestService;
let folder: string;
const sites: Site[] = [];
beforeAll(async () => {
  service = await startTestService();
  folder = await mkdtemp(join(tmpdir(), 'triplemint-agent-files-'));
});
afterEach(async () => {
  await Promise.all(sites.splice(0).map((site) => site.close()));
});
afterAll(async () => {
  await service.stop();
  await rm(folder, { recursive: true, force: true });
});

let seed = 1900;
async function site(slots = 1, options: SimulatorOptions = {}): Promise<Site> {
  seed += 1;
  const made = await openSite(service, { slots, seed, ...options });
  sites.push(made);
  return made;
}

let fileCount = 0;
async function file(content: string): Promise<string> {
  fileCount += 1;
  const path = join(folder, String(fileCount));
  await writeFile(path, content, { mode: 0o600 });
  return path;
}

const slotsOf = (here: Site) =>
  file(JSON.stringify(portsOf(here.simulator).map((port, index) => ({ slot: index + 1, port }))));

/** The flags of an agent that has everything; later ones win. */
async function flags(here: Site, ...more: readonly string[]): Promise<string[]> {
  const { ca } = service.service.urls;
  const files = ['--key-file', await file(here.station.key), '--ca-file', ca ?? ''];
  const work = ['--slots', await slotsOf(here), '--order', here.work.orderId];
  const place = ['--server', here.server, '--state-dir', here.folder];
  return ['agent', ...place, ...files, ...work, ...more];
}

const settings = () => ({ DATA_DIR: folder });

async function once(here: Site, ...more: readonly string[]): Promise<Ended> {
  return await runCommand(await flags(here, '--once', ...more), settings());
}

async function heard({ child }: RunningCommand, wanted: RegExp): Promise<void> {
  let text = '';
  await new Promise<void>((resolve) => {
    child.stdout?.on('data', (part: string) => {
      text += part;
      if (wanted.test(text)) resolve();
    });
  });
}

describe('triplemint agent', { timeout: 60_000 }, () => {
  it('runs the jig once and shows what came of each slot', async () => {
    const here = await site(2);
    const ended = await once(here);
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
    for (const { imei, triple } of here.simulator.modules) {
      expect(ended.stdout).toMatch(
        new RegExp(`PASS +- +lierda-lmqtt +${imei} +${triple?.deviceName ?? '!'} `),
      );
    }
    expect(ended.stdout).toContain('queue: online, none waiting');
    expect(await here.counts()).toMatchObject({ confirmed: 2, leased: 0 });
  });

  it('takes slots and order from its station where none are given', async () => {
    const here = await site();
    const slots = portsOf(here.simulator).map((port) => ({ slot: 7, port }));
    await service.call('PUT', `/api/v1/stations/${here.station.stationId}/slots`, slots);
    const { orderId } = here.work;
    const ours = { stations: [here.station.stationId] };
    await service.call('PATCH', `/api/v1/orders/${orderId}`, ours);
    const all = await flags(here, '--once');
    const fewer = all.filter((_, index) => index < all.indexOf('--slots'));
    const ended = await runCommand([...fewer, '--order', orderId, '--once'], settings());
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
    expect(ended.stdout).toMatch(/\n7 +PASS/);
  });

  it('runs whenever Enter is pressed, with what was scanned before, until its input ends', async () => {
    const here = await site();
    const running = startCommand(await flags(here), settings(), true);
    const press = (): boolean | undefined => running.child.stdin?.write('\n');
    await heard(running, /press Enter/);
    press();
    await heard(running, /PASS[^]*press Enter/);
    here.simulator.replaceModule(1);
    const { imei = '' } = here.simulator.modules[0] ?? {};
    running.child.stdin?.write(`${imei}\n`);
    await heard(running, new RegExp(`^scan: slot 1 = ${imei}\n$`));
    press();
    await heard(running, /PASS[^]*press Enter/);
    running.child.stdin?.end();
    expect(await running.ended).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await here.counts()).toMatchObject({ confirmed: 2, free: 18 });
  });

  it('runs by itself whenever another unit is put on, until a signal', async () => {
    const here = await site();
    const [port = ''] = portsOf(here.simulator);
    const slots = JSON.stringify([
      { slot: 1, port },
      { slot: 2, port: 'tcp://127.0.0.1:1' },
    ]);
    const running = startCommand(
      await flags(here, '--loop', '--slots', await file(slots)),
      settings(),
    );
    const [first] = here.simulator.modules;
    await heard(running, new RegExp(`slot 1: PASS {2}${first?.imei ?? ''}`));
    here.simulator.replaceModule(1);
    await heard(running, new RegExp(`slot 1: PASS {2}${here.simulator.modules[0]?.imei ?? ''}`));
    running.child.kill('SIGTERM');
    const ended = await running.ended;
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
    expect(ended.stdout.match(/^slot 2: .*$/gm)).toEqual(['slot 2: no unit: port_refused']);
    expect(ended.stdout).toMatch(/\nunits: 2 passed\nqueue: online, none waiting\n$/);
    expect(await here.counts()).toMatchObject({ confirmed: 2, leased: 0, free: 18 });
  });

  it('begins without a link where it has slots and order, and says since when there is none', async () => {
    const here = await site();
    here.link.cut();
    const running = startCommand(await flags(here), settings(), true);
    await heard(
      running,
      /^\d\d:\d\d:\d\d offline, none waiting: remote\.unreachable.*\n[^]*press Enter/,
    );
    here.link.mend();
    running.child.stdin?.end('\n');
    const ended = await running.ended;
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
    expect(ended.stdout).toMatch(/\n\d\d:\d\d:\d\d online, none waiting\n/);
  });

  it('ends at a signal that came while it began', async () => {
    const here = await site();
    here.link.cut();
    const running = startCommand(await flags(here), settings(), true);
    await here.link.refused(1);
    running.child.kill('SIGTERM');
    expect((await running.ended).exitCode).toBe(1);
  });

  it('ends with 1 where a slot did not pass', async () => {
    const here = await site();
    const [port = ''] = portsOf(here.simulator);
    const slots = [
      { slot: 1, port },
      { slot: 2, port: 'tcp://127.0.0.1:1' },
    ];
    const ended = await once(here, '--slots', await file(JSON.stringify(slots)));
    expect(ended.exitCode).toBe(1);
    expect(ended.stdout).toMatch(/\n1 +PASS[^]*\n2 +ERROR +port_refused/);
    here.simulator.replaceModule(1);
    const panel = ['--mode', 'batch', '--retries', '1'];
    const whole = await once(here, '--slots', await file(JSON.stringify(slots)), ...panel);
    expect(whole.exitCode).toBe(1);
    expect(whole.stdout).toMatch(/\n1 +ABORTED +batch_incomplete[^]*\n2 +ERROR +port_refused/);
    expect(await here.counts()).toMatchObject({ confirmed: 1, leased: 0, free: 19 });
  });

  it('looks for what a module is also among the dialects that the service has beside the built-in ones', async () => {
    const here = await site();
    await service.call('POST', '/api/v1/dialects', exampleWith());
    const ended = await once(here);
    const running = startCommand(await flags(here, '--loop'), settings());
    await heard(running, /slot 1: not worked on: dialect_ambiguous: /);
    await service.call('DELETE', '/api/v1/dialects/acme-nt35e');
    running.child.kill('SIGTERM');
    expect(ended).toMatchObject({ exitCode: 1, stderr: '' });
    expect(ended.stdout).toMatch(/dialect_ambiguous[^]* lierda-lmqtt and acme-nt35e know it/);
    const watched = await running.ended;
    expect(watched).toMatchObject({ exitCode: 1, stderr: '' });
    expect(watched.stdout).toContain('\nunits: 0 passed, 1 did not: slot 1\n');
  });

  it('tells before a claim what can never pass under the terms of the order', async () => {
    const here = await site(1, { families: [{ name: 'aliyun-idm', range: undefined }] });
    const asked = { quantity: 5, prefix: 'terms_', acceptProofs: ['digest'] };
    const { orderId } = await makeOrder(service, here.productKey, asked);
    const ended = await once(here, '--order', orderId);
    expect(ended).toMatchObject({ exitCode: 1, stderr: '' });
    expect(ended.stdout).toMatch(/\n1 +FAIL +read_back_unproven +aliyun-idm/);
    const { body } = await service.call('GET', `/api/v1/orders/${orderId}`);
    expect(body).toMatchObject({ free: 5, leased: 0, failed: 0, remaining: 5 });
  });

  it('finishes what was left of an order that has been closed since, and says so', async () => {
    const here = await site(1, { faults: [{ slot: 1, fault: 'refuses-write' }] });
    const { orderId } = here.work;
    expect((await once(here)).exitCode).toBe(1);
    await service.call('POST', `/api/v1/orders/${orderId}/close`);
    const ended = await once(here);
    expect(ended.stdout).toMatch(/\n1 +FAIL +write_refused/);
    expect(ended.stderr).toBe(
      `triplemint: ${orderId} is closed: only units that have a triple of it already are finished\n`,
    );
  });

  it('lets one agent at a time use a state directory', async () => {
    const here = await site();
    const first = startCommand(await flags(here), settings(), true);
    await heard(first, /press Enter/);
    const second = await once(here);
    expect(second.exitCode).toBe(2);
    expect(second.stderr).toMatch(/^triplemint: agent\.state_in_use: /);
    first.child.kill('SIGTERM');
    expect((await first.ended).exitCode).toBe(1);
    expect((await once(here)).exitCode).toBe(0);
  });
});

/** A moment to kill an agent at: what the module hears before it, and what makes it come. */
interface Moment {
  readonly heard: RegExp;
  readonly come: (here: Site) => Promise<void> | void;
  readonly left: Partial<ShownOrder>;
  /** What the next agent says before it runs. */
  readonly named: RegExp | undefined;
}

const restarted = /^AT\+(CFUN|NRB|ECRST)/;
const isUnfinished =
  /^triplemint: unit \d{15} was left unfinished on slot 1 at .* \(\w+, clm-\d+\): put it on a slot again, it gets the same triple\n$/;
const moments: Readonly<Record<string, Moment>> = {
  'before its claim was answered': {
    heard: /^AT\+CGSN/,
    come: async (here) => {
      here.link.loseAnswers();
      await until(async () => (await here.counts()).leased === 1);
    },
    left: { leased: 1, confirmed: 0 },
    named: undefined,
  },
  'between claim and write': {
    heard: /^AT\+LMQTTCFG="cloud"/,
    come: () => undefined,
    left: { leased: 1, confirmed: 0 },
    named: isUnfinished,
  },
  'between write and confirm': {
    heard: restarted,
    come: () => undefined,
    left: { leased: 1, confirmed: 0 },
    named: isUnfinished,
  },
  'with its result on the disk': {
    heard: restarted,
    come: async (here) => {
      here.link.cut();
      const journal = join(here.folder, 'journal.jsonl');
      await until(async () => (await readFile(journal, 'utf8')).includes('"confirm"'));
    },
    left: { leased: 1, confirmed: 0 },
    named: undefined,
  },
  'when its result was taken and the answer lost': {
    heard: restarted,
    come: async (here) => {
      here.link.loseAnswers();
      await until(async () => (await here.counts()).confirmed === 1);
    },
    left: { leased: 0, confirmed: 1 },
    named: undefined,
  },
};

/** The names of all triples that the unit on slot 1 ever got. */
async function triplesOf({ simulator }: Site): Promise<string[]> {
  const path = `/api/v1/units/${simulator.modules[0]?.imei ?? ''}`;
  const { body } = await service.call<{ items: { device: { deviceName: string } }[] }>('GET', path);
  return body.items.map(({ device }) => device.deviceName);
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('an agent that gets SIGKILL', { timeout: 60_000 }, () => {
  it.each(Object.entries(moments))('%s never costs a second triple', async (_, moment) => {
    let hear: (activity: Activity) => void = () => undefined;
    const here = await site(1, {
      onActivity: (activity) => {
        hear(activity);
      },
    });
    const killed = startCommand(await flags(here, '--once'), settings());
    await new Promise<void>((resolve, reject) => {
      hear = ({ direction, text }) => {
        if (direction !== 'in' || !moment.heard.test(text)) return;
        hear = () => undefined;
        Promise.resolve(moment.come(here)).then(resolve, reject);
        if (moment.named) killed.child.kill('SIGKILL');
      };
    });
    killed.child.kill('SIGKILL');
    expect((await killed.ended).exitCode).toBeNull();
    expect(await here.counts()).toMatchObject(moment.left);
    const [first, ...others] = await triplesOf(here);
    expect(others).toEqual([]);

    here.link.mend();
    const ended = await once(here);
    expect(ended.exitCode).toBe(0);
    expect(ended.stderr).toMatch(moment.named ?? /^$/);
    expect(here.simulator.modules[0]?.triple?.deviceName).toBe(first);
    expect(await triplesOf(here)).toEqual([first]);
    expect(await here.counts()).toMatchObject({ leased: 0, confirmed: 1, free: 19 });
    const secrets = [...(await exportTriples(service, here.work.orderId)).values()];
    for (const secret of secrets) expect(ended.stdout + ended.stderr).not.toContain(secret);
  });
});

/** What has become of the order while a confirm waited, and what the start says of it. */
const changes: readonly (readonly [
  what: string,
  code: string,
  change: (here: Site) => Promise<unknown>,
])[] = [
  [
    'names other stations now',
    'order.station_not_allowed',
    async ({ work }) => {
      const stations = [(await makeStation(service)).stationId];
      await service.call('PATCH', `/api/v1/orders/${work.orderId}`, { stations });
    },
  ],
  [
    'is not the only one any more',
    'agent.order_needed',
    ({ productKey }) => makeOrder(service, productKey, { quantity: 1, prefix: 'second_' }),
  ],
];

describe('an agent in whose folder a confirm waits', { timeout: 60_000 }, () => {
  it.each(changes)('sends it also where the order %s, and ends with 2', async (_, code, change) => {
    const here = await site();
    const before = await openBench(service, here, { endMs: 50 });
    before.on(/^slot 1: verify$/, () => {
      here.link.cut();
    });
    await before.bench.run(here.work);
    expect(await before.close()).toBe(false);
    here.link.mend();
    await change(here);
    const all = await flags(here, '--once');
    const isNamed = code === 'order.station_not_allowed';
    const given = all.filter((_flag, index) => isNamed || index < all.indexOf('--order'));
    const ended = await runCommand([...given, '--once'], settings());
    expect(ended.exitCode).toBe(2);
    expect(ended.stderr).toMatch(new RegExp(`^triplemint: ${code}: .+\\n {2}.+\\n$`));
    expect(ended.stdout).toContain('1 results of an earlier run are waiting\n');
    expect(await here.counts()).toMatchObject({ confirmed: 1, leased: 0 });
  });
});

describe('an agent that is set up wrongly ends with 2 and touches nothing', () => {
  async function refused(here: Site, code: string, ...more: readonly string[]): Promise<string> {
    const ended = await once(here, ...more);
    expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ended.stderr).toMatch(
      new RegExp(`^triplemint: ${code.replace('.', '\\.')}: .+\\n {2}.+\\n$`),
    );
    expect(await here.counts()).toMatchObject({ free: 20 });
    return ended.stderr;
  }

  it('a key that the service does not know, which is not shown', async () => {
    const here = await site();
    const key = 'tm_not-a-key-of-this-service';
    const told = await refused(here, 'key.unknown', '--key-file', await file(key));
    expect(told).not.toContain('tm_not');
  });

  it('the key of an admin, or none', async () => {
    const here = await site();
    const told = await refused(here, 'agent.key_needed', '--key-file', await file(adminKey));
    expect(told).toContain('triplemint station create');
    const none = await runCommand(['agent', '--server', here.server, '--once'], settings());
    expect(none).toMatchObject({ exitCode: 2, stdout: '' });
    expect(none.stderr).toMatch(/^triplemint: agent\.key_needed: /);
  });

  it('an order that there is none of, that is of other stations, or that is over', async () => {
    const here = await site();
    const open = await makeOrder(service, here.productKey, { quantity: 1, prefix: 'open_' });
    const offer = ` may use ${open.orderId}`;
    const none = await refused(here, 'order.not_found', '--order', 'ord-999999');
    expect(none).toContain('There is no order ord-999999. ');
    expect(none).toContain(offer);
    const order = `/api/v1/orders/${here.work.orderId}`;
    await service.call('PATCH', order, { stations: [(await makeStation(service)).stationId] });
    expect(await refused(here, 'order.station_not_allowed')).toContain(offer);
    await service.call('PATCH', order, { stations: [] });
    await service.call('POST', `${order}/close`);
    const over = await refused(here, 'order.closed');
    expect(over).toContain(`${here.work.orderId} is closed. `);
    expect(over).toContain(offer);
  });

  it('an authority that is not that of the service', async () => {
    const here = await site();
    const other = await makeAuthority(new Date());
    const told = await refused(
      here,
      'remote.not_trusted',
      '--ca-file',
      await file(other.certificate),
    );
    expect(told).toContain(here.server);
  });

  it('a state directory in which results of another station wait', async () => {
    const here = await site();
    const server = 'https://mint.factory.lan:8443';
    const owner = { kind: 'owner', server, stationId: 'st-9', station: 'SZX-L1-03' };
    const report = { kind: 'fail', reason: 'write_refused' };
    const waiting = { kind: 'result', at: 'then', requestId: 'r', claimId: 'clm-1', report };
    const journal = [owner, waiting].map((entry) => `${JSON.stringify(entry)}\n`).join('');
    await writeFile(join(here.folder, 'journal.jsonl'), journal);
    const told = await refused(here, 'agent.state_foreign');
    expect(told).toContain(
      `keeps 1 results and 0 unfinished units of SZX-L1-03 (st-9) at ${server}`,
    );
  });

  it('no service to ask which slots and orders there are', async () => {
    const here = await site();
    here.link.cut();
    const all = await flags(here, '--once');
    const fewer = all.filter((_, index) => index < all.indexOf('--slots'));
    const ended = await runCommand([...fewer, '--once'], settings());
    expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ended.stderr).toMatch(/^triplemint: remote\.unreachable: /);
  });

  it('a slots file with a wrong field, which is named', async () => {
    const here = await site();
    const slots = await file('[{"slot":1}]');
    const told = await refused(here, 'agent.slots_invalid', '--slots', slots);
    expect(told).toContain(`${slots}: [0].port: is missing`);
  });
});
