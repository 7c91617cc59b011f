import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { askOrder, remarkOn, stationOrderShape, termsOf } from '../../src/agent/station-order.js';
import { Api } from '../../src/commands/api-client.js';

const terms = { provisioning: 'device-secret', acceptVolatile: false, acceptProofs: ['login'] };
const answers: Record<string, { status: number; body: object }> = {
  '/api/v1/orders/ord-1': { status: 403, body: { code: 'key.role_not_allowed', detail: '' } },
  '/api/v1/orders/ord-2': {
    status: 200,
    body: { orderId: 'ord-2', state: 'closed', leased: 0, failed: 0, confirmed: 0, ...terms },
  },
  '/api/v1/orders/ord-5': {
    status: 200,
    body: { orderId: 'ord-5', state: 'closed', confirmed: 9, ...terms },
  },
};
const server = createServer((request, reply) => {
  const { status, body } = answers[request.url ?? ''] ?? { status: 200, body: {} };
  reply.writeHead(status).end(JSON.stringify(body));
});
let api: Api;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  api = new Api(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'key');
});
afterAll(() => {
  server.close();
});

it('a service that shows no orders to stations is no reason to stop; its claims tell the terms', async () => {
  const order = await askOrder(api, 'ord-1');
  expect([remarkOn(order), termsOf(order)]).toEqual([undefined, undefined]);
});

it('an order that is over is worked on only where units hold its triples, confirmed ones too', async () => {
  await expect(askOrder(api, 'ord-2')).rejects.toMatchObject({ code: 'order.closed' });
  const order = await askOrder(api, 'ord-5');
  expect(remarkOn(order)).toBe(
    'ord-5 is closed: only units that have a triple of it already are finished',
  );
  expect(termsOf(order)).toEqual(terms);
});

it('an answer that is no order cannot be read', async () => {
  await expect(askOrder(api, 'ord-3')).rejects.toMatchObject({
    code: 'agent.answer_unreadable',
  });
});

it.each([
  ['tells no proofs', { ...terms, acceptProofs: undefined }],
  ['accepts a proof of tomorrow', { ...terms, acceptProofs: ['digest', 'oath'] }],
])('the terms of an order that %s are left to its claims', (_, told) => {
  expect(termsOf(stationOrderShape.parse({ orderId: 'ord-4', ...told }))).toBeUndefined();
});
