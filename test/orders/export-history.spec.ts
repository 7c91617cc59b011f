import { generateIdentity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExportAudit, exportFindingLine } from '../../src/orders/export-audit.js';
import { recipientFingerprint } from '../../src/orders/export-encryption.js';
import type { ClaimedAfterExport } from '../../src/orders/order-export.js';
import { makeBench, freshImei } from '../stations/bench.js';
import { makeOrder, makeProduct } from '../support/orders.js';
import { adminKey, startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { endedExport, exportEvents, fetchFile } from './exported.js';
import type { ShownExport } from './exported.js';

const quantity = 20;

let service: TestService;
let productKey: string;
beforeAll(async () => {
  service = await startTestService();
  productKey = (await makeProduct(service)).productKey;
});
afterAll(async () => {
  await service.stop();
});

async function placed(prefix: string): Promise<string> {
  return (await makeOrder(service, productKey, { quantity, prefix })).orderId;
}

async function exported(orderId: string, query = ''): Promise<ShownExport> {
  const { headers } = await fetchFile(service, orderId, query);
  return await endedExport(service, orderId, headers.get('triplemint-export'));
}

describe('the history of an export', () => {
  it('tells who took what, for whom, how many, and that all of them left', async () => {
    const orderId = await placed('told_');
    const recipient = await identityToRecipient(await generateIdentity());
    const one = await exported(orderId, `format=jsonl&recipient=${recipient}`);
    const recipients = [recipientFingerprint(recipient)];
    const actor = expect.stringContaining('admin') as unknown;
    expect(one).toMatchObject({ format: 'jsonl', recipients, expected: quantity });
    expect(one).toMatchObject({ state: 'complete', given: quantity, exportedBy: actor });
    expect(await exportEvents(service, one.exportId)).toMatchObject([
      {
        action: 'order.exported',
        actor,
        detail: { format: 'jsonl', cells: 'machine', recipients, count: quantity },
      },
      {
        action: 'order.export_ended',
        actor,
        detail: { outcome: 'complete', count: quantity },
      },
    ]);
  });

  it('tells how many triples a file should hold before it holds them', async () => {
    const orderId = await placed('head_');
    const { headers } = await fetchFile(service, orderId);
    expect(headers.get('triplemint-rows')).toBe(String(quantity));
  });

  it('lists the exports of an order by pages, newest first, and of no other order', async () => {
    const orderId = await placed('list_');
    const ids: string[] = [];
    for (const format of ['csv', 'jsonl', 'xlsx']) {
      ids.push((await exported(orderId, `format=${format}`)).exportId);
    }
    await exported(await placed('other_'));
    const path = `/api/v1/orders/${orderId}/exports`;
    type Page = { items: ShownExport[]; nextCursor: string | null };
    const { body: first } = await service.call<Page>('GET', `${path}?limit=2`);
    const { body: rest } = await service.call<Page>(
      'GET',
      `${path}?cursor=${first.nextCursor ?? ''}`,
    );
    expect([...first.items, ...rest.items].map(({ exportId }) => exportId)).toEqual(
      ids.toReversed(),
    );
    expect(rest.nextCursor).toBeNull();
  });

  it('knows an export only by its own order', async () => {
    const { exportId } = await exported(await placed('own_'));
    const path = `/api/v1/orders/${await placed('alien_')}/exports/${exportId}`;
    const answer = await service.call('GET', path);
    expect(answer).toMatchObject({ status: 404, body: { code: 'export.not_found' } });
  });

  it('has no entry when somebody only asks for the head', async () => {
    const orderId = await placed('asked_');
    const url = `${service.service.urls.http}/api/v1/orders/${orderId}/triples`;
    const headers = { authorization: `Bearer ${adminKey}` };
    expect((await fetch(url, { method: 'HEAD', headers })).status).toBe(404);
    const { body } = await service.call('GET', `/api/v1/orders/${orderId}/exports`);
    expect(body).toMatchObject({ items: [] });
  });
});

describe('a void triple', () => {
  it('is in no file, and the rest is told as complete', async () => {
    const orderId = await placed('gone_');
    const device = `/api/v1/devices/${productKey}/gone_000007`;
    expect((await service.call('POST', `${device}/void`, { reason: 'scrap' })).status).toBe(200);
    const { headers, bytes } = await fetchFile(service, orderId);
    expect(Buffer.from(bytes).toString()).not.toContain('gone_000007');
    const ended = await endedExport(service, orderId, headers.get('triplemint-export'));
    expect(ended).toMatchObject({ state: 'complete', expected: quantity - 1, given: quantity - 1 });
  });
});

describe('a triple that a station claims after it left in a file', () => {
  async function findings(): Promise<ClaimedAfterExport[]> {
    const found: ClaimedAfterExport[] = [];
    const database = { single: service.database.dataSource.manager };
    for await (const finding of new ExportAudit(database).findings()) found.push(finding);
    return found;
  }

  it('is found, with both; one claimed before is not', async () => {
    const orderId = await placed('late_');
    const bench = await makeBench(service);
    const { body: before } = await bench.claim(orderId, { imei: freshImei() });
    const { exportId } = await exported(orderId);
    await exported(orderId);
    const imei = freshImei();
    const { body: after } = await bench.claim(orderId, { imei });
    const other = await placed('unseen_');
    await bench.claim(other, { imei: freshImei() });

    const found = await findings();
    expect(found.map(({ deviceName }) => deviceName)).toEqual([after.triple.deviceName]);
    expect(found[0]?.deviceName).not.toBe(before.triple.deviceName);
    const line = exportFindingLine(found[0] ?? expect.fail('nothing was found'));
    for (const part of [after.claimId, after.triple.deviceName, exportId, imei, bench.stationId]) {
      expect(line).toContain(part);
    }
    expect(line).not.toContain(after.triple.deviceSecret);
  });
});
