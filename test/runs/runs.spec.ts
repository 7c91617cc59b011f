import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Activity, Simulator, SimulatorOptions } from '../../src/simulator/options.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import { makeStation, portsOf, runToEnd, untilEnded } from '../support/jig.js';
import type { ShownRun } from '../support/jig.js';
import { exportTriples, makeOrder, makeProduct } from '../support/orders.js';
import type { ShownOrder } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

let service: TestService;
const simulators: Simulator[] = [];
beforeAll(async () => {
  service = await startTestService();
});
afterEach(async () => {
  await Promise.all(simulators.splice(0).map((simulator) => simulator.close()));
});
afterAll(async () => {
  await service.stop();
});

let seed = 100;
async function jig(options: SimulatorOptions): Promise<Simulator> {
  seed += 1;
  const simulator = await startSimulator({ bootMs: 1, seed, ...options });
  simulators.push(simulator);
  return simulator;
}

async function order(rest: Record<string, unknown> = {}, registration?: object) {
  const { productKey } = await makeProduct(service, registration);
  return await makeOrder(service, productKey, { quantity: 20, ...rest });
}

async function shown(orderId: string): Promise<ShownOrder> {
  return (await service.call<ShownOrder>('GET', `/api/v1/orders/${orderId}`)).body;
}

const outcomes = (run: ShownRun) => run.slots.map((slot) => slot.outcome);

describe('a run', () => {
  it('writes eight modules at once, each with a triple of its own that it still holds afterwards', async () => {
    const simulator = await jig({ slots: 8, isChunked: true });
    const station = await makeStation(service, portsOf(simulator));
    const { orderId } = await order();
    const run = await runToEnd(service, station, { orderId });
    expect(run.state).toBe('done');
    expect(outcomes(run)).toEqual(Array(8).fill('PASS'));
    const minted = await exportTriples(service, orderId);
    for (const { slot, deviceName, unit } of run.slots) {
      const module = simulator.modules[slot - 1];
      expect(unit).toBe(module?.imei);
      expect(module?.triple?.deviceName).toBe(deviceName);
      expect(module?.triple?.deviceSecret.expose()).toBe(minted.get(deviceName ?? ''));
    }
    expect(new Set(run.slots.map((slot) => slot.deviceName)).size).toBe(8);
    expect(await shown(orderId)).toMatchObject({ confirmed: 8, leased: 0, failed: 0, free: 12 });
  });

  it('lets no broken slot hold up the others, and says what was wrong with each', async () => {
    const closed = await closedPort();
    const simulator = await jig({
      slots: 5,
      faults: [
        { slot: 2, fault: 'garbage' },
        { slot: 3, fault: 'stores-nothing' },
        { slot: 4, fault: 'silent' },
      ],
    });
    const [one = '', two = '', three = '', four = '', five = ''] = portsOf(simulator);
    const station = await makeStation(service, [one, closed, two, three, four, five]);
    const { orderId } = await order();
    const run = await runToEnd(service, station, { orderId });
    expect(run.slots.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['PASS', null],
      ['ERROR', 'port_refused'],
      ['ERROR', 'garbage'],
      ['FAIL', 'read_back_empty'],
      ['TIMEOUT', 'no_answer'],
      ['PASS', null],
    ]);
    const heard = [1, 4, 6]; // the others never said what they are
    expect(run.slots.map(({ dialect }) => dialect)).toEqual(
      run.slots.map(({ slot }) => (heard.includes(slot) ? 'lierda-lmqtt' : null)),
    );
    const silentMs = run.slots[4]?.durationMs ?? 0;
    expect(run.slots[0]?.durationMs).toBeLessThan(silentMs / 2);
    expect(await shown(orderId)).toMatchObject({ confirmed: 2, failed: 1, leased: 0 });
  }, 60_000);

  it('finds out what each module is, and writes nothing where its firmware is not allowed', async () => {
    const families = [
      { range: { first: 1, last: 1 }, name: 'lierda-nt35e' },
      { range: { first: 2, last: 2 }, name: 'quectel-bc26' },
    ];
    const simulator = await jig({ slots: 2, families });
    const station = await makeStation(service, portsOf(simulator));
    const { orderId } = await order({ firmware: ['NT35ECNR01*'], acceptVolatile: true });
    const { slots } = await runToEnd(service, station, { orderId });
    expect(slots).toMatchObject([
      { outcome: 'PASS', dialect: 'lierda-lmqtt' },
      { outcome: 'ERROR', reason: 'claim_refused', dialect: 'quectel-qmt', claimId: null },
    ]);
    expect(slots[1]?.detail).toMatch(/^unit\.firmware_not_allowed: .* has BC26NBR01A07/);
    expect(simulator.modules[1]).toMatchObject({ triple: undefined, counts: { writes: 0 } });
    expect(await shown(orderId)).toMatchObject({ confirmed: 1, leased: 0, failed: 0, free: 19 });
  });

  it('claims nothing for a module that is known to forget, where the order does not accept that', async () => {
    const families = [{ range: { first: 1, last: 1 }, name: 'fibocom-l610' }];
    const station = await makeStation(service, portsOf(await jig({ slots: 1, families })));
    const { orderId } = await order();
    const { slots } = await runToEnd(service, station, { orderId });
    expect(slots).toMatchObject([{ outcome: 'FAIL', reason: 'volatile', claimId: null }]);
    expect(await shown(orderId)).toMatchObject({ free: 20, failed: 0 });
  });

  it('fails a module that forgets its triple at a restart, with reason volatile', async () => {
    const station = await makeStation(service, portsOf(await jig({ slots: 1, isVolatile: true })));
    const { orderId } = await order();
    const run = await runToEnd(service, station, { orderId });
    expect(run.slots).toMatchObject([{ outcome: 'FAIL', reason: 'volatile' }]);
    expect(await shown(orderId)).toMatchObject({ failed: 1, confirmed: 0 });
  });

  it('passes a forgetful module where the order accepts it, written once more and marked', async () => {
    const simulator = await jig({ slots: 1, isVolatile: true });
    const station = await makeStation(service, portsOf(simulator));
    const { orderId } = await order({ acceptVolatile: true });
    const run = await runToEnd(service, station, { orderId });
    expect(run.slots).toMatchObject([{ outcome: 'PASS', reason: null, isVolatile: true }]);
    expect(simulator.modules[0]?.triple?.deviceName).toBe(run.slots[0]?.deviceName);
  });

  it('takes as proof what each module can show: its login here, or the fingerprint of its secret', async () => {
    const names = ['simcom-sim7070', 'aliyun-idm', 'nrf91', 'simcom-sim7070', 'fibocom-l610'];
    const simulator = await jig({
      slots: names.length,
      families: names.map((name, at) => ({ name, range: { first: at + 1, last: at + 1 } })),
      faults: [{ slot: 4, fault: 'forgets' }],
    });
    const station = await makeStation(service);
    const dialects = ['simcom-sim70xx', 'aliyun-idm', 'nrf91', 'simcom-sim70xx', 'fibocom-l610'];
    const slots = portsOf(simulator).map((port, at) => ({
      slot: at + 1,
      port,
      dialect: dialects[at],
    }));
    await service.call('PUT', `/api/v1/stations/${station.stationId}/slots`, slots);
    const { orderId } = await order({ acceptVolatile: true });
    const run = await runToEnd(service, station, { orderId });
    expect(run.slots.map(({ outcome, reason }) => reason ?? outcome)).toEqual([
      'PASS',
      'PASS',
      'PASS',
      'login_refused',
      'PASS',
    ]);
    expect(run.slots.map(({ isVolatile }) => isVolatile)).toEqual([
      false,
      false,
      false,
      false,
      true,
    ]);
    const proofs = run.slots.map(async ({ claimId }) => {
      const path = `/api/v1/claims/${claimId}`;
      const { body } = await service.call<{ state: string; proof: string | null }>(
        'GET',
        path,
        undefined,
        station.key,
      );
      return [body.state, body.proof];
    });
    expect(await Promise.all(proofs)).toEqual([
      ['confirmed', 'login'],
      ['confirmed', 'login'],
      ['confirmed', 'fingerprint'],
      ['failed', null],
      ['confirmed', 'login'],
    ]);
    expect(await shown(orderId)).toMatchObject({ confirmed: 4, failed: 1, activated: 3 });

    // A unit that has logged in before has to log in again for its next attempt.
    const again = await runToEnd(service, station, { orderId, slots: [1] });
    expect(again.slots).toMatchObject([{ outcome: 'PASS', reason: null }]);
  });

  it('gives a unit that comes back its own triple, and another unit another', async () => {
    const simulator = await jig({ slots: 1 });
    const station = await makeStation(service, portsOf(simulator));
    const { orderId } = await order();
    const first = await runToEnd(service, station, { orderId });
    const again = await runToEnd(service, station, { orderId });
    expect(again.slots[0]?.deviceName).toBe(first.slots[0]?.deviceName);
    simulator.replaceModule(1);
    const other = await runToEnd(service, station, { orderId });
    expect(other.slots[0]?.outcome).toBe('PASS');
    expect(other.slots[0]?.deviceName).not.toBe(first.slots[0]?.deviceName);
  });

  it('lets a module fetch its own secret where the order is for product secrets', async () => {
    const families = [
      { range: { first: 1, last: 1 }, name: 'lierda-nt35e' },
      { range: { first: 2, last: 2 }, name: 'quectel-bc26' },
    ];
    const simulator = await jig({ slots: 2, families });
    const station = await makeStation(service, portsOf(simulator));
    const registration = { mode: 'preregistered', allowPlaintext: true };
    const wish = { provisioning: 'product-secret', acceptVolatile: true };
    const { orderId } = await order(wish, registration);
    const run = await runToEnd(service, station, { orderId });
    expect(outcomes(run)).toEqual(['PASS', 'PASS']);
    const minted = await exportTriples(service, orderId);
    for (const module of simulator.modules) {
      const held = module.triple;
      expect(held?.deviceSecret.expose()).toBe(minted.get(held?.deviceName ?? ''));
    }
  });

  it.each([
    [{ mode: 'preregistered' }, /register without TLS, which is not allowed \(allowPlaintext\)\.$/],
    [{ mode: 'off', allowPlaintext: true }, /registration is off \(mode\)\.$/],
  ])('is refused before any claim where modules cannot register: %j', async (policy, detail) => {
    const station = await makeStation(service, [await closedPort()]);
    const { orderId } = await order({ provisioning: 'product-secret' }, policy);
    const start = await service.call('POST', '/api/v1/runs', { orderId }, station.key);
    expect(start).toMatchObject({
      status: 409,
      body: { code: 'run.registration_refused', detail: expect.stringMatching(detail) as string },
    });
    const list = `/api/v1/runs?station=${station.stationId}`;
    expect((await service.call<Listed>('GET', list)).body.items).toEqual([]);
  });

  it('shows no secret in its answers, its transcripts or the log', async () => {
    const simulator = await jig({ slots: 2 });
    const station = await makeStation(service, portsOf(simulator));
    const registration = { mode: 'preregistered', allowPlaintext: true };
    for (const provisioning of ['device-secret', 'product-secret']) {
      const { orderId } = await order({ provisioning }, registration);
      for (const slot of [1, 2]) simulator.replaceModule(slot);
      const run = await runToEnd(service, station, { orderId });
      expect(outcomes(run)).toEqual(['PASS', 'PASS']);
      const told = JSON.stringify(run) + service.log();
      for (const secret of (await exportTriples(service, orderId)).values()) {
        expect(told).not.toContain(secret);
      }
      expect(told).not.toContain(station.key);
    }
  });

  it('can be aborted; the claim stays with its unit', async () => {
    let onRestart: () => void = () => undefined;
    const restarted = new Promise<void>((resolve) => {
      onRestart = resolve;
    });
    const onActivity = ({ text }: Activity): void => {
      if (text.includes('AT+CFUN=0,1')) onRestart();
    };
    const simulator = await jig({ slots: 1, bootMs: 500, onActivity });
    const station = await makeStation(service, portsOf(simulator));
    const { orderId } = await order();
    const { body } = await service.call<ShownRun>('POST', '/api/v1/runs', { orderId }, station.key);
    await restarted;
    await service.call('POST', `/api/v1/runs/${body.runId}/abort`, {}, station.key);
    const aborted = await untilEnded(service, station, body.runId);
    expect(aborted).toMatchObject({
      state: 'aborted',
      slots: [{ outcome: 'ABORTED', reason: 'aborted' }],
    });
    expect(await shown(orderId)).toMatchObject({ leased: 1, failed: 0 });
    const again = await runToEnd(service, station, { orderId });
    expect(again.slots).toMatchObject([
      { outcome: 'PASS', deviceName: aborted.slots[0]?.deviceName },
    ]);
  });

  it('is refused for good reasons, each with its code', async () => {
    const simulator = await jig({ slots: 1, bootMs: 500 });
    const station = await makeStation(service, portsOf(simulator));
    const empty = await makeStation(service);
    const { orderId } = await order();
    const start = (body: object, key = station.key) =>
      service.call('POST', '/api/v1/runs', body, key);
    expect((await start({ orderId }, empty.key)).body).toMatchObject({ code: 'run.no_slots' });
    expect((await start({ orderId, slots: [9] })).body).toMatchObject({ code: 'run.slot_unknown' });
    expect((await start({ orderId: 'ord-999999' })).body).toMatchObject({
      code: 'order.not_found',
    });
    const first = await service.call<ShownRun>('POST', '/api/v1/runs', { orderId }, station.key);
    expect(first.status).toBe(202);
    const { runId } = first.body;
    expect(await start({ orderId })).toMatchObject({
      status: 409,
      body: {
        code: 'run.in_progress',
        data: { runId },
        detail: `The station is working on ${runId}.`,
      },
    });
    const path = `/api/v1/runs/${first.body.runId}`;
    expect((await service.call('GET', path, undefined, empty.key)).status).toBe(404);
    await untilEnded(service, station, first.body.runId);
  });
});

interface Listed {
  readonly items: readonly { readonly runId: string }[];
  readonly nextCursor: string | null;
}

it('runs are listed newest first, page by page; a station sees its own', async () => {
  const ports = [await closedPort()];
  const [one, other] = [await makeStation(service, ports), await makeStation(service, ports)];
  const { orderId } = await order();
  const started: string[] = [];
  for (const station of [one, other, one, one]) {
    started.unshift((await runToEnd(service, station, { orderId })).runId);
  }
  const list = async (query: string, key?: string) =>
    (await service.call<Listed>('GET', `/api/v1/runs${query}`, undefined, key)).body;
  const idsOf = ({ items }: Listed) => items.map(({ runId }) => runId);
  const ofOne = started.filter((_, at) => at !== 2);
  const first = await list('?limit=2', one.key);
  expect(idsOf(first)).toEqual(ofOne.slice(0, 2));
  expect(first.items[0]).toEqual({
    runId: ofOne[0],
    stationId: one.stationId,
    orderId,
    state: 'done',
    startedAt: expect.any(String) as string,
    abortAskedAt: null,
    endedAt: expect.any(String) as string,
  });
  const next = await list(`?limit=2&cursor=${first.nextCursor}`, one.key);
  expect([idsOf(next), next.nextCursor]).toEqual([ofOne.slice(2), null]);
  expect(idsOf(await list('?limit=4'))).toEqual(started);
  expect(idsOf(await list(`?station=${other.stationId}`))).toEqual(started.slice(2, 3));
  const theirs = `?station=${one.stationId}`;
  expect(await list(theirs, other.key)).toMatchObject({ code: 'key.role_not_allowed' });
});

async function closedPort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `tcp://127.0.0.1:${port}`;
}
