import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { SimulatorOptions } from '../../src/simulator/options.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import { makeStation } from '../support/jig.js';
import { exportTriples, makeOrder } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { openBench, openSite } from './bench.js';
import type { Site } from './bench.js';

let service: TestService;
const sites: Site[] = [];
beforeAll(async () => {
  service = await startTestService();
});
afterEach(async () => {
  await Promise.all(sites.splice(0).map((site) => site.close()));
});
afterAll(async () => {
  await service.stop();
});

let seed = 900;
async function site(slots: number, options: SimulatorOptions = {}): Promise<Site> {
  seed += 1;
  const made = await openSite(service, { slots, seed, ...options });
  sites.push(made);
  return made;
}

async function confirms(claimId: string): Promise<number> {
  const path = `/api/v1/audit?action=claim.confirmed&claimId=${claimId}`;
  return (await service.call<{ items: unknown[] }>('GET', path)).body.items.length;
}

const journalOf = ({ folder }: Site) => readFile(join(folder, 'journal.jsonl'), 'utf8');

describe('the bench of another PC', () => {
  it('writes a jig as the service itself would, and keeps no secret on its disk', async () => {
    const here = await site(4);
    const { bench, said, asked, close } = await openBench(service, here);
    expect(await bench.run(here.work)).toBe(true);
    expect(await close()).toBe(true);
    expect(new Set(asked)).toEqual(new Set(['/claims/batch', '/claims/confirm/batch']));
    expect(asked.length).toBeLessThan(8);
    expect(await here.counts()).toMatchObject({ confirmed: 4, leased: 0, free: 16 });
    const minted = await exportTriples(service, here.work.orderId);
    const spoken = await readFile(join(here.folder, 'transcripts', 'new.jsonl'), 'utf8');
    expect(spoken.trimEnd().split('\n')).toHaveLength(4);
    const told = (await journalOf(here)) + spoken + said.join('\n');
    for (const { triple, imei } of here.simulator.modules) {
      expect(triple?.deviceSecret.expose()).toBe(minted.get(triple?.deviceName ?? ''));
      expect(told).toContain(imei);
    }
    for (const secret of [...minted.values(), here.station.key]) expect(told).not.toContain(secret);
  });

  it('takes none of the last triples of an order that has too few for a panel', async () => {
    const here = await site(3);
    const { orderId } = await makeOrder(service, here.productKey, { quantity: 2, prefix: 'few_' });
    const { bench, said, close } = await openBench(service, here, {}, 'batch');
    expect(await bench.run({ ...here.work, orderId })).toBe(false);
    expect(await close()).toBe(true);
    expect(said.join('\n')).toContain('1 of 3 units were refused');
    const { body } = await service.call<object>('GET', `/api/v1/orders/${orderId}`);
    expect(body).toMatchObject({ leased: 0, failed: 0, free: 2 });
  });

  it('brings what was said with a unit to the service, once its result is there', async () => {
    const here = await site(1);
    const { bench, on, line, close } = await openBench(service, here);
    on(/^slot 1: verify$/, () => {
      here.link.cut();
    });
    await bench.run(here.work);
    here.link.mend();
    await line(/^online, none waiting$/);
    expect(await close()).toBe(true);
    const claimId = /clm-\d+/.exec(await journalOf(here))?.[0] ?? '';
    const path = `/api/v1/claims/${claimId}/transcript`;
    const { body } = await service.call<{ items: { lines: { text: string }[] }[] }>('GET', path);
    expect(body.items).toMatchObject([{ attempt: 1, lines: { 0: { direction: 'sent' } } }]);
    const kept = await readFile(join(here.folder, 'transcripts', 'new.jsonl'), 'utf8');
    expect(JSON.parse(kept)).toMatchObject({ claimId, transcript: body.items[0]?.lines });
  });

  it('ends a slot whose port goes away, and works on its unit again when the port is back', async () => {
    const here = await site(1);
    const { bench, on, said, close } = await openBench(service, here);
    on(/^slot 1: write$/, () => void here.simulator.close());
    expect(await bench.run(here.work)).toBe(false);
    expect(said.join('\n')).toMatch(/ERROR.* +port_closed/);
    expect(await bench.run(here.work)).toBe(false);
    expect(said.join('\n')).toMatch(/ERROR.* +port_refused/);
    const path = join(here.folder, 'transcripts', 'new.jsonl');
    const named = said.filter((text) => text === `what was said with each unit: ${path}`);
    expect(named).toHaveLength(1);
    const [port] = here.simulator.ports;
    const back = await startSimulator({ basePort: port?.port ?? 0, seed, slots: 1, bootMs: 20 });
    onTestFinished(() => back.close());
    expect(await bench.run(here.work)).toBe(true);
    expect(await close()).toBe(true);
    expect(back.modules[0]?.imei).toBe(here.simulator.modules[0]?.imei);
    expect(await here.counts()).toMatchObject({ confirmed: 1, leased: 0, failed: 0, free: 19 });
  });

  it('tells nothing of what waits to another station, but waits for the right one', async () => {
    const here = await site(1);
    const first = await openBench(service, here, { endMs: 50 });
    first.on(/^slot 1: verify$/, () => {
      here.link.cut();
    });
    await first.bench.run(here.work);
    await first.close();
    here.link.mend();
    const other = { ...here, station: await makeStation(service) };
    const second = await openBench(service, other, { endMs: 50 });
    await second.bench.open();
    await second.line(/agent\.state_foreign: .* keeps 1 results and 0 .* of bench \d+ \(st-\d+\)/);
    expect(await second.close()).toBe(false);
    const third = await openBench(service, here);
    await third.bench.open();
    expect(await third.close()).toBe(true);
    expect(await here.counts()).toMatchObject({ confirmed: 1, leased: 0 });
  });

  it('keeps a confirm while the link is away, shows it, and tells it once when the link is back', async () => {
    const here = await site(2);
    const { bench, on, line, said, close } = await openBench(service, here);
    on(/^slot \d: verify$/, () => {
      here.link.cut();
    });
    expect(await bench.run(here.work)).toBe(true);
    expect(said.join('\n')).toMatch(/PASS \(waiting\)/);
    await line(/^offline, 2 waiting: remote\.unreachable/);
    expect(await here.counts()).toMatchObject({ confirmed: 0, leased: 2 });
    here.link.mend();
    await line(/^online, none waiting$/);
    expect(await here.counts()).toMatchObject({ confirmed: 2, leased: 0, free: 18 });
    expect(await close()).toBe(true);
  });

  it('tells a confirm again whose answer was lost, which changes nothing', async () => {
    const here = await site(1);
    const { bench, on, line, close } = await openBench(service, here);
    on(/^slot 1: verify$/, () => {
      here.link.loseAnswers();
    });
    expect(await bench.run(here.work)).toBe(true);
    await line(/^offline, 1 waiting/);
    const claimId = /clm-\d+/.exec(await journalOf(here))?.[0] ?? '';
    expect(await here.counts()).toMatchObject({ confirmed: 1 });
    here.link.mend();
    await line(/^online, none waiting$/);
    expect(await confirms(claimId)).toBe(1);
    expect(await close()).toBe(true);
  });

  it('writes nothing where a claim cannot be asked for', async () => {
    const here = await site(1);
    here.link.cut();
    const { bench, said, close } = await openBench(service, here, { claimMs: 200 });
    expect(await bench.run(here.work)).toBe(false);
    expect(said.join('\n')).toMatch(/ERROR\s+claim_unanswered/);
    expect(said.at(-1)).toMatch(/^queue: offline, none waiting: remote\.unreachable/);
    expect(here.simulator.modules[0]?.triple).toBeUndefined();
    expect(await here.counts()).toMatchObject({ leased: 0, free: 20 });
    here.link.mend();
    expect(await bench.run(here.work)).toBe(true);
    expect(said.at(-1)).toBe('queue: online, none waiting');
    expect(await close()).toBe(true);
  });

  it('takes one triple where the answer to a claim was lost, and goes on when it is answered', async () => {
    const here = await site(1);
    const { bench, on, close } = await openBench(service, here);
    // The line has to be open already, or it would lose the handshake.
    expect(await bench.run(here.work)).toBe(true);
    here.simulator.replaceModule(1);
    on(/^slot 1: claim$/, () => {
      here.link.loseAnswers();
    });
    const run = bench.run(here.work);
    await leased(here);
    here.link.mend();
    expect(await run).toBe(true);
    expect(await close()).toBe(true);
    expect(await here.counts()).toMatchObject({ confirmed: 2, leased: 0, free: 18 });
  });

  it('asks for a claim until the link is back', async () => {
    const here = await site(1);
    here.link.cut();
    const { bench, close } = await openBench(service, here);
    const run = bench.run(here.work);
    await here.link.refused(3);
    here.link.mend();
    expect(await run).toBe(true);
    expect(await close()).toBe(true);
  });

  it('sends what an earlier agent left before it claims anything', async () => {
    const here = await site(1);
    const first = await openBench(service, here, { endMs: 50 });
    first.on(/^slot 1: verify$/, () => {
      here.link.cut();
    });
    await first.bench.run(here.work);
    expect(await first.close()).toBe(false);
    const told = '1 results are still waiting: start the agent again to send them';
    expect(first.said.at(-1)).toBe(told);
    here.link.mend();
    const second = await openBench(service, here);
    await second.bench.open();
    await second.line(/^1 results of an earlier run are waiting$/);
    await second.line(/^online, none waiting$/);
    expect(await here.counts()).toMatchObject({ confirmed: 1, leased: 0 });
    expect(await second.close()).toBe(true);
  });

  it('names a unit that was left unfinished until its claim has come to an end elsewhere', async () => {
    const here = await site(1);
    const first = await openBench(service, here, { endMs: 50 });
    first.on(/^slot 1: write$/, first.stop);
    await first.bench.run(here.work);
    await first.close();
    const claimId = /clm-\d+/.exec(await journalOf(here))?.[0] ?? '';
    const start = async (): Promise<readonly string[]> => {
      const { bench, said, close } = await openBench(service, here);
      await bench.open();
      await close();
      return said.filter((line) => line.includes(claimId));
    };
    expect(await start()).toEqual([expect.stringContaining('was left unfinished on slot 1')]);
    here.link.cut();
    expect(await start()).toHaveLength(1);
    here.link.mend();
    const reason = { reason: 'scrap' };
    const path = `/api/v1/claims/${claimId}/void`;
    await service.call('POST', path, reason, here.station.key);
    expect(await start()).toEqual([]);
    here.link.cut();
    expect(await start()).toEqual([]);
  });

  it('tells that an attempt failed before it claims the unit again', async () => {
    const here = await site(1, { faults: [{ slot: 1, fault: 'refuses-write' }] });
    const { bench, on, close } = await openBench(service, here, {
      firstMs: 60_000,
      mostMs: 60_000,
    });
    on(/^slot 1: write$/, () => {
      here.link.cut();
    });
    expect(await bench.run(here.work)).toBe(false);
    expect(await here.counts()).toMatchObject({ leased: 1, failed: 0 });
    here.link.mend();
    expect(await bench.run(here.work)).toBe(false);
    expect(await close()).toBe(true);
    const claimId = /clm-\d+/.exec(await journalOf(here))?.[0] ?? '';
    const path = `/api/v1/claims/${claimId}`;
    const { body } = await service.call('GET', path, undefined, here.station.key);
    expect(body).toMatchObject({ attempt: 2, state: 'failed' });
  });

  it('does not sum up a unit as passed whose confirm the service has refused since', async () => {
    const here = await site(1);
    const { bench, on, line, said, stop, close } = await openBench(service, here);
    on(/^slot 1: verify$/, () => {
      here.link.cut();
    });
    const watching = bench.watch(here.work, 10);
    await line(/^slot 1: PASS/);
    const claimId = /clm-\d+/.exec(await journalOf(here))?.[0] ?? '';
    const reason = { reason: 'scrap' };
    await service.call('POST', `/api/v1/claims/${claimId}/void`, reason, here.station.key);
    here.link.mend();
    await line(/refuses the confirm of/);
    stop();
    expect(await watching).toBe(false);
    const { imei = '' } = here.simulator.modules[0] ?? {};
    expect(said).toContain(`units: 0 passed, 1 did not: ${imei}`);
    expect(await close()).toBe(false);
  });

  it('says which unit to put aside when the service refuses what was kept', async () => {
    const here = await site(1);
    const { bench, on, line, close } = await openBench(service, here);
    on(/^slot 1: verify$/, () => {
      here.link.cut();
    });
    await bench.run(here.work);
    const claimId = /clm-\d+/.exec(await journalOf(here))?.[0] ?? '';
    const reason = { reason: 'scrap' };
    await service.call('POST', `/api/v1/claims/${claimId}/void`, reason, here.station.key);
    here.link.mend();
    await line(new RegExp(`refuses the confirm of ${claimId}: claim\\.void`));
    expect(await close()).toBe(false);
  });
});

/** Waits until the service has leased a second triple of the order. */
async function leased(here: Site): Promise<void> {
  while ((await here.counts()).free === 19) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
