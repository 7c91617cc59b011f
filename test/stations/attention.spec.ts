import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../support/service.js';
import { freshImei, makeBench } from './bench.js';
import type { Bench, Grant } from './bench.js';
import { refused, startClaimLine } from './claim-line.js';
import type { ClaimLine } from './claim-line.js';

interface Item {
  readonly kind: string;
  readonly since: string | null;
  readonly detail: string;
  readonly action: { readonly en: string; readonly zh: string };
  readonly orderId: string | null;
  readonly stationId: string | null;
  readonly slot: number | null;
  readonly claimId: string | null;
  readonly unit: string | null;
  readonly trace: string | null;
}

interface Page {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

let line: ClaimLine;
let one: Bench;
let other: Bench;
beforeAll(async () => {
  line = await startClaimLine();
  one = line.bench;
  other = await makeBench(line.service, 'other');
});
afterAll(async () => {
  await line.stop();
});

const list = (query = '', key?: string): Promise<Answer<Page>> =>
  line.service.call<Page>('GET', `/api/v1/attention?${query}`, undefined, key);
const items = async (query = '', key?: string): Promise<readonly Item[]> =>
  (await list(query, key)).body.items;
const kinds = async (query: string, key?: string): Promise<string[]> =>
  (await items(query, key)).map(({ kind }) => kind);

async function leased(bench: Bench, orderId: string, slot?: number): Promise<Grant> {
  return (await bench.claim(orderId, { imei: freshImei() }, slot)).body;
}

/** Lets a claim be as if it had been touched for the last time an hour ago. */
async function anHourAgo({ claimId }: Grant): Promise<void> {
  await line.sql(
    `UPDATE claim SET lease_until = lease_until - interval '1 hour',
       changed_at = changed_at - interval '1 hour' WHERE id = $1`,
    [claimId.slice(4)],
  );
}

describe('claims that need attention', () => {
  it('are those that were left behind, until somebody takes them up again', async () => {
    const orderId = await line.order({}, 100);
    const query = `orderId=${orderId}`;
    const imei = freshImei();
    const { body: stale } = await one.claim(orderId, { imei }, 7);
    const failed = await leased(other, orderId, 2);
    await other.fail(failed.claimId, 'write_refused');
    expect(await items(query)).toEqual([]); // both are fresh
    await anHourAgo(stale);
    await anHourAgo(failed);
    const found = await items(query);
    expect(found).toMatchObject([
      {
        kind: 'lease_stale',
        orderId,
        stationId: one.stationId,
        slot: 7,
        claimId: stale.claimId,
        unit: `imei:${imei}`,
        trace: `/api/v1/units/imei%3A${imei}`,
      },
      { kind: 'claim_failed', stationId: other.stationId, slot: 2, claimId: failed.claimId },
    ]);
    for (const { since, action } of found) {
      expect(Date.parse(since ?? '')).toBeLessThan(Date.now());
      expect([action.en, action.zh]).not.toContain('');
    }
    expect(await kinds(`${query}&kind=claim_failed`)).toEqual(['claim_failed']);
    expect(await kinds(`${query}&stationId=${one.stationId}`)).toEqual(['lease_stale']);
    expect(await kinds(query, other.key)).toEqual(['claim_failed']);
    await one.claim(orderId, { imei });
    await other.void(failed.claimId);
    expect(await items(query)).toEqual([]);
  });

  it('are also confirmed units that came back and failed, until they are confirmed again', async () => {
    const orderId = await line.order({}, 100);
    const unit = { imei: freshImei() };
    await one.confirm((await one.claim(orderId, unit)).body);
    const { body: again } = await one.claim(orderId, unit);
    await one.fail(again.claimId, 'read_back_empty');
    expect(await items(`orderId=${orderId}`)).toMatchObject([
      { kind: 'unit_doubted', claimId: again.claimId, reason: 'read_back_empty' },
    ]);
    await one.confirm((await one.claim(orderId, unit)).body);
    expect(await items(`orderId=${orderId}`)).toEqual([]);
  });
});

describe('a slot', () => {
  it('is listed once its last three attempts that tell of it failed, until one passes', async () => {
    const bench = await makeBench(line.service);
    const orderId = await line.order({}, 100);
    const query = `kind=slot_failing&stationId=${bench.stationId}`;
    const fail = async (reason: string, slot = 4): Promise<void> => {
      await bench.fail((await leased(bench, orderId, slot)).claimId, reason);
    };
    await bench.confirm(await leased(bench, orderId, 5));
    await fail('no_answer', 5);
    const elsewhere = ['aborted', 'volatile', 'registration_unsupported', 'login_refused'];
    for (const reason of ['no_answer', ...elsewhere, 'write_refused']) await fail(reason);
    expect(await items(query)).toEqual([]); // two that count
    await fail('read_back_empty');
    expect(await items(query)).toMatchObject([
      { slot: 4, stationId: bench.stationId, orderId, reason: 'read_back_empty', claimId: null },
    ]);
    await bench.confirm(await leased(bench, orderId, 4));
    expect(await items(query)).toEqual([]);
  });

  it('that nobody numbered is its whole station, and one left alone for a day is forgotten', async () => {
    const bench = await makeBench(line.service);
    const orderId = await line.order({}, 100);
    const query = `kind=slot_failing&stationId=${bench.stationId}`;
    for (let count = 0; count < 3; count += 1) {
      await bench.fail((await leased(bench, orderId)).claimId, 'no_answer');
    }
    expect(await items(query)).toMatchObject([{ slot: null, stationId: bench.stationId }]);
    await line.sql(
      `UPDATE attempt SET ended_at = ended_at - interval '25 hours' WHERE order_id = $1`,
      [orderId.slice(4)],
    );
    expect(await items(query)).toEqual([]);
  });
});

describe('orders that need attention', () => {
  const ofOrder = async (orderId: string): Promise<string[]> => await kinds(`orderId=${orderId}`);

  it('run low, run out, end soon, have ended undone, or were refused', async () => {
    const low = await line.order({ quota: 20 }, 20);
    for (let count = 0; count < 18; count += 1) await leased(one, low);
    expect(await ofOrder(low)).toEqual([]); // a tenth is left
    await leased(one, low);
    expect(await items(`orderId=${low}`)).toMatchObject([{ kind: 'order_low', remaining: 1 }]);
    await leased(one, low);
    expect(await ofOrder(low)).toEqual(['order_used_up']);
    const ends = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();
    expect(await ofOrder(await line.order({ expiresAt: ends(23) }, 100))).toEqual([
      'order_expiring',
    ]);
    expect(await ofOrder(await line.order({ expiresAt: ends(25) }, 100))).toEqual([]);
    const over = await line.order({}, 100);
    await line.endOrder(over, `expires_at = now() - interval '1 minute'`);
    expect(await ofOrder(over)).toEqual(['order_expired']);
    await line.endOrder(over, 'held_at = now()');
    expect(await ofOrder(over)).toEqual(['order_held']);
    await line.endOrder(
      over,
      `held_at = NULL, state = 'refused', refusal = '{"code": "order.names_taken"}'`,
    );
    expect(await items(`orderId=${over}`)).toMatchObject([
      { kind: 'order_refused', reason: 'order.names_taken' },
    ]);
    await line.endOrder(over, `state = 'closed'`);
    expect(await ofOrder(over)).toEqual([]);
  });

  it('are told to the stations that may use them', async () => {
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const mine = await line.order({ expiresAt, stations: [one.stationId] }, 100);
    expect(await kinds(`orderId=${mine}`, one.key)).toEqual(['order_expiring']);
    expect(await kinds(`orderId=${mine}`, other.key)).toEqual([]);
  });
});

describe('the list', () => {
  it('comes in pages that neither repeat nor leave out, the most urgent first', async () => {
    const bench = await makeBench(line.service);
    const orderId = await line.order({ stations: [bench.stationId], quota: 8 }, 8);
    const doubted = { imei: freshImei() };
    await bench.confirm((await bench.claim(orderId, doubted, 1)).body);
    await bench.fail((await bench.claim(orderId, doubted, 1)).body.claimId, 'read_back_empty');
    for (const slot of [2, 3]) {
      for (let count = 0; count < 3; count += 1) {
        const grant = await leased(bench, orderId, slot);
        await bench.fail(grant.claimId);
        await anHourAgo(grant);
      }
    }
    await anHourAgo(await leased(bench, orderId, 4));
    const all = await items('', bench.key);
    const own = all.filter(({ stationId, orderId: of }) => stationId ?? of === orderId);
    expect(own.map(({ kind }) => kind)).toEqual([
      'unit_doubted',
      'slot_failing',
      'slot_failing',
      ...Array<string>(6).fill('claim_failed'),
      'lease_stale',
      'order_used_up',
    ]);
    const paged: Item[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: Answer<Page> = await list(`limit=3${cursor && `&cursor=${cursor}`}`, bench.key);
      expect(page.body.items.length).toBeLessThanOrEqual(3);
      paged.push(...page.body.items);
      cursor = page.body.nextCursor;
    }
    expect(paged).toEqual(all);
  });

  it('is refused with a cursor or a filter that is none', async () => {
    for (const query of [
      'cursor=9',
      'cursor=slots.5',
      'cursor=orders.9999999999',
      'cursor=claims.1-2',
      'kind=odd',
      'orderId=st-1',
      'limit=0',
    ]) {
      expect(await list(query), query).toMatchObject(refused(422, 'request.invalid'));
    }
    const elsewhere = await list(`stationId=${other.stationId}`, one.key);
    expect(elsewhere).toMatchObject(refused(403, 'key.role_not_allowed'));
  });
});
