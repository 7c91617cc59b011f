import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StrangerCounter } from '../../src/audit/stranger-counter.js';
import { rows } from '../../src/platform/database/query.js';
import { makeOrder, makeProduct } from '../support/orders.js';
import type { MadeProduct } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

let service: TestService;
let product: MadeProduct;
beforeAll(async () => {
  service = await startTestService();
  product = await makeProduct(service);
  await makeOrder(service, product.productKey, { quantity: 3, prefix: 'read_' });
  for (const deed of ['disable', 'enable', 'reset']) {
    await service.call('POST', `/api/v1/devices/${product.productKey}/read_000001/${deed}`);
  }
  service.service.app.get(StrangerCounter).count('203.0.113.9', 'a1nowhere00');
  await service.service.app.get(StrangerCounter).flush();
});
afterAll(async () => {
  await service.stop();
});

interface Events {
  readonly items: readonly { readonly action: string; readonly actor: string }[];
  readonly nextCursor: string | null;
}

async function actions(query: string): Promise<string[]> {
  const { body } = await service.call<Events>('GET', `/api/v1/audit?${query}`);
  return body.items.map(({ action }) => action);
}

describe('the history', () => {
  it('is read newest first, with who, from where and about what', async () => {
    const query = `productKey=${product.productKey}&deviceName=read_000001`;
    const { body } = await service.call<Events>('GET', `/api/v1/audit?${query}`);
    expect(body.items.map(({ action }) => action)).toEqual([
      'device.reset',
      'device.enabled',
      'device.disabled',
    ]);
    expect(body.items[0]).toEqual({
      at: expect.stringMatching(/Z$/) as string,
      action: 'device.reset',
      actor: expect.stringContaining('admin') as string,
      address: '127.0.0.1',
      productKey: product.productKey,
      deviceName: 'read_000001',
      orderId: 'ord-1',
      claimId: null,
      unit: null,
      detail: { generation: 1 },
    });
  });

  it('is read newest first beyond the tenth entry', async () => {
    const path = `/api/v1/devices/${product.productKey}/read_000002`;
    for (const deed of ['disable', 'enable', 'disable', 'enable', 'disable', 'enable']) {
      await service.call('POST', `${path}/${deed}`);
    }
    const { body } = await service.call<{ items: { at: string }[] }>('GET', '/api/v1/audit');
    const times = body.items.map(({ at }) => at);
    expect(times.length).toBeGreaterThan(10);
    expect(times).toEqual(times.toSorted().reverse());
  });

  it('is read by order, by claim and by unit', async () => {
    const station = await service.call<{ key: string }>('POST', '/api/v1/stations', { name: 'b1' });
    const claim = async (imei: string) => {
      const body = { orderId: 'ord-1', unit: { imei } };
      const { key } = station.body;
      return await service.call<{ claimId: string }>('POST', '/api/v1/claims', body, key);
    };
    const [mine] = [await claim('353490069873319'), await claim('490154203237518')];
    const { claimId } = mine.body;
    const { key } = station.body;
    await service.call('POST', `/api/v1/claims/${claimId}/fail`, { reason: 'no_answer' }, key);
    await service.call('POST', `/api/v1/claims/${claimId}/void`, { reason: 'scrap' }, key);
    await claim('353490069873319');
    const ofClaim = ['claim.voided', 'claim.failed', 'claim.leased'];
    expect(await actions(`claimId=${claimId}`)).toEqual(ofClaim);
    expect(await actions('unit=imei:353490069873319')).toEqual(['claim.leased', ...ofClaim]);
    expect(await actions('unit=imei:353490069873319&action=claim.leased')).toHaveLength(2);
    expect(await actions('unit=imei:0')).toEqual([]);
    const ofOrder = await actions('orderId=ord-1');
    expect(ofOrder.slice(0, 2)).toEqual(['claim.leased', 'claim.voided']);
    expect(ofOrder.at(-1)).toBe('order.created');
    expect(await actions('orderId=ord-2')).toEqual([]);
    for (const query of ['orderId=st-1', 'claimId=1', 'unit=', 'cursor=x']) {
      const answer = await service.call('GET', `/api/v1/audit?${query}`);
      expect(answer, query).toMatchObject({ status: 422, body: { code: 'request.invalid' } });
    }
  });

  it('is read page by page without a gap', async () => {
    const all = await actions('limit=1000');
    const paged: string[] = [];
    let cursor: string | null = null;
    do {
      const path: string = `/api/v1/audit?limit=2${cursor === null ? '' : `&cursor=${cursor}`}`;
      const page: Events = (await service.call<Events>('GET', path)).body;
      paged.push(...page.items.map(({ action }) => action));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(paged).toEqual(all);
    expect(all.length).toBeGreaterThan(5);
  });

  it('is read by deed and from a time on', async () => {
    expect(await actions('action=product.created')).toEqual(['product.created']);
    expect(await actions('since=2100-01-01T00:00:00Z')).toEqual([]);
    expect(await actions('since=2020-01-01T00:00:00Z&action=device.reset')).toHaveLength(1);
  });

  it.each(['action=deleted', 'since=yesterday', 'cursor=x', 'limit=0', 'name=x'])(
    'is not read by %s',
    async (query) => {
      expect((await service.call('GET', `/api/v1/audit?${query}`)).status).toBe(422);
    },
  );

  it('counts strangers by minute, address and product key as they sent it', async () => {
    const { body } = await service.call<{ items: object[] }>('GET', '/api/v1/audit/strangers');
    expect(body.items).toEqual([
      {
        minute: expect.stringMatching(/:00\.000Z$/) as string,
        address: '203.0.113.9',
        productKey: 'a1nowhere00',
        count: 1,
      },
    ]);
  });

  it('lists strangers page by page without a gap, those of one minute included', async () => {
    await rows(
      service.database.dataSource,
      `INSERT INTO stranger_refusal (minute, address, product_key, count)
       SELECT '2026-01-01'::timestamptz + i / 5 * interval '1 minute', '198.51.100.' || i % 3,
         'a1"x,' || i, 1 + i % 2
       FROM generate_series(0, 11) i`,
    );
    interface Strangers {
      readonly items: readonly object[];
      readonly nextCursor: string | null;
    }
    const read = async (query: string): Promise<Strangers> =>
      (await service.call<Strangers>('GET', `/api/v1/audit/strangers?${query}`)).body;
    const paged: object[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: Strangers = await read(`limit=2${cursor && `&cursor=${cursor}`}`);
      expect(page.items.length).toBeLessThanOrEqual(2);
      paged.push(...page.items);
      cursor = page.nextCursor;
    }
    expect(paged).toHaveLength(13);
    expect(paged).toEqual((await read('limit=1000')).items);
    for (const cursor of ['x', 'e30', Buffer.from('[1]').toString('base64url')]) {
      const answer = await service.call('GET', `/api/v1/audit/strangers?cursor=${cursor}`);
      expect(answer, cursor).toMatchObject({ status: 422, body: { code: 'request.invalid' } });
    }
  });
});
