import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../src/core/secret.js';
import { DeviceLifeService } from '../../src/devices/device-life.service.js';
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
let productKey: string;
let orderId: number;
beforeAll(async () => {
  service = await startTestService();
  database = service.service.app.get(Database);
  [claims] = claimCopies(service, 1) as [ClaimService];
  stationId = Number((await makeBench(service)).stationId.slice(3));
  ({ productKey } = await makeProduct(service));
  orderId = Number((await makeOrder(service, productKey, { quantity: 10 })).orderId.slice(4));
});
afterAll(async () => {
  await service.stop();
});

interface Held {
  readonly claimId: number;
  readonly deviceName: string;
  readonly request: Parameters<ClaimService['claim']>[0];
  readonly secret: string;
}

async function claimed(): Promise<Held> {
  const request = { actor, stationId, orderId, slot: null, unit: { imei: freshImei() } };
  const { claimId, credential } = await claims.claim(request);
  const { deviceName } = credential;
  return { claimId, deviceName, request, secret: secretOf(credential) };
}

async function confirm({ claimId, deviceName, secret }: Held): Promise<void> {
  const readBack = { kind: 'secret', deviceSecret: new Secret(secret) } as const;
  const proof = { deviceName, secret: readBack };
  await claims.confirm({ actor, stationId, claimId, proof, isVolatile: false });
}

/** Claims a unit again while another transaction that moves its claim is not over yet. */
async function claimWhile({ request }: Held, move: () => Promise<unknown>) {
  let isMoved = (): void => undefined;
  let end = (): void => undefined;
  const moved = new Promise<void>((resolve) => (isMoved = resolve));
  const ended = new Promise<void>((resolve) => (end = resolve));
  const moving = database.asOne(async () => {
    await move();
    isMoved();
    await ended;
  });
  await moved;
  // In a transaction of its own it is asked once: nothing hides an error behind a second try.
  const claiming = database.asOne(() => claims.claim(request));
  await untilWaiting(service.database.dataSource);
  end();
  await moving;
  return await claiming;
}

describe('a unit that is claimed again at the moment when', () => {
  afterEach(async () => {
    const { kept, counted } = await recount(service, orderId);
    expect(kept).toEqual(counted);
  });

  it('its claim is confirmed keeps its triple and its proof', async () => {
    const held = await claimed();
    const again = await claimWhile(held, () => confirm(held));
    expect(again).toMatchObject({ claimId: held.claimId, isReissued: true, attempt: 2 });
    expect(secretOf(again.credential)).toBe(held.secret);
    const shown = await claims.get(stationId, held.claimId);
    expect(shown).toMatchObject({ state: 'confirmed', proof: 'secret' });
  });

  it('its claim fails keeps its triple and is leased again', async () => {
    const held = await claimed();
    const { claimId } = held;
    const fail = () => claims.fail({ actor, stationId, claimId, reason: 'test' });
    const again = await claimWhile(held, fail);
    expect(again).toMatchObject({ claimId, isReissued: true, attempt: 2 });
    expect(secretOf(again.credential)).toBe(held.secret);
    expect(await claims.get(stationId, claimId)).toMatchObject({ state: 'leased', proof: null });
  });

  it('its device is reset gets the new secret, not the one that is over', async () => {
    const held = await claimed();
    await confirm(held);
    const { deviceName, request } = held;
    const devices = service.service.app.get(DeviceLifeService);
    const again = await claimWhile(held, () => devices.reset(actor, { productKey, deviceName }));
    expect(again).toMatchObject({ claimId: held.claimId, isReissued: true });
    expect(secretOf(again.credential)).not.toBe(held.secret);
    const { credential } = await claims.claim(request);
    expect(secretOf(again.credential)).toBe(secretOf(credential));
  });
});
