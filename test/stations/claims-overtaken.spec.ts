import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../src/core/secret.js';
import { Database } from '../../src/platform/database/database.js';
import type { ClaimService } from '../../src/stations/claim.service.js';
import { makeOrder, makeProduct } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { untilWaiting } from '../support/waiting.js';
import { freshImei, makeBench } from './bench.js';
import { actor, claimCopies, recount, secretOf } from './claim-copies.js';

let service: TestService;
let database: Database;
let claims: ClaimService;
let stationId: number;
let orderId: number;
beforeAll(async () => {
  service = await startTestService();
  database = service.service.app.get(Database);
  [claims] = claimCopies(service, 1) as [ClaimService];
  stationId = Number((await makeBench(service)).stationId.slice(3));
  const { productKey } = await makeProduct(service);
  orderId = Number((await makeOrder(service, productKey, { quantity: 10 })).orderId.slice(4));
});
afterAll(async () => {
  await service.stop();
});

type Move = 'confirm' | 'fail';

/** Claims a unit, and once more while another transaction that moves its claim is not over yet. */
async function claimWhile(move: Move) {
  const by = { actor, stationId };
  const request = { ...by, orderId, slot: null, unit: { imei: freshImei() } };
  const first = await claims.claim(request);
  const secret = { kind: 'secret', deviceSecret: new Secret(secretOf(first.credential)) } as const;
  const proof = { deviceName: first.credential.deviceName, secret };
  let isMoved = (): void => undefined;
  let end = (): void => undefined;
  const moved = new Promise<void>((resolve) => (isMoved = resolve));
  const ended = new Promise<void>((resolve) => (end = resolve));
  const moving = database.asOne(async () => {
    if (move === 'fail') await claims.fail({ ...by, claimId: first.claimId, reason: 'test' });
    else await claims.confirm({ ...by, claimId: first.claimId, proof, isVolatile: false });
    isMoved();
    await ended;
  });
  await moved;
  // In a transaction of its own it is asked once: nothing hides an error behind a second try.
  const claiming = database.asOne(() => claims.claim(request));
  await untilWaiting(service.database.dataSource);
  end();
  await moving;
  return { first, again: await claiming, state: await claims.get(stationId, first.claimId) };
}

describe('a unit that is claimed again at the moment when', () => {
  it.each([
    ['its claim is confirmed keeps its triple and its proof', 'confirm', 'confirmed', 'secret'],
    ['its claim fails keeps its triple and is leased again', 'fail', 'leased', null],
  ] as const)('%s', async (_, move, state, proof) => {
    const { first, again, state: shown } = await claimWhile(move);
    expect(again).toMatchObject({ claimId: first.claimId, isReissued: true, attempt: 2 });
    expect(secretOf(again.credential)).toBe(secretOf(first.credential));
    expect(shown).toMatchObject({ state, proof });
    const { kept, counted } = await recount(service, orderId);
    expect(kept).toEqual(counted);
  });
});
