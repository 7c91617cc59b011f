import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshImei } from './bench.js';
import type { Bench, Grant } from './bench.js';
import { refused, startClaimLine } from './claim-line.js';
import type { ClaimLine } from './claim-line.js';

let line: ClaimLine;
let bench: Bench;
beforeAll(async () => {
  line = await startClaimLine();
  ({ bench } = line);
});
afterAll(async () => {
  await line.stop();
});

const proofs = ['digest', 'secret', 'fingerprint', 'login', 'word'] as const;
type Proof = (typeof proofs)[number];

async function granted(orderId: string): Promise<Grant> {
  return (await bench.claim(orderId, { imei: freshImei() })).body;
}

/** Confirms by one kind of proof; for all but the digest the whole body is given. */
async function confirmBy(kind: Proof, grant: Grant): Promise<unknown> {
  if (kind === 'digest') return await bench.confirm(grant);
  if (kind === 'login') await logIn(grant);
  const { deviceName, deviceSecret } = grant.triple;
  const fingerprint = sha256(deviceSecret);
  const bodies = {
    secret: { readBack: { deviceName, deviceSecret } },
    fingerprint: { readBack: { deviceName, fingerprint } },
    login: { login: true },
    word: { word: true },
  };
  return await send(grant, bodies[kind]);
}

async function send({ claimId }: Grant, body: object): Promise<unknown> {
  const path = `/api/v1/claims/${claimId}/confirm`;
  return await line.service.call('POST', path, body, bench.key);
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** What the first login of a device writes down; the broker's own tests make the login itself. */
async function logIn({ triple }: Grant, at = 'now()'): Promise<void> {
  await line.sql(`UPDATE device SET activated_at = ${at} WHERE name = $1`, [triple.deviceName]);
}

async function logInAgain({ triple }: Grant): Promise<void> {
  await line.sql(
    `INSERT INTO device_presence (device_id, copy, is_online, online_at, address)
     SELECT id, 1, true, now(), '127.0.0.1' FROM device WHERE name = $1
     ON CONFLICT (device_id) DO UPDATE SET online_at = now()`,
    [triple.deviceName],
  );
}

describe('the proof of a confirm', () => {
  it.each(proofs)('%s is recorded with the claim, its attempt and the history', async (kind) => {
    const grant = await granted(await line.order({ acceptProofs: [...proofs] }));
    const body = { state: 'confirmed', proof: kind };
    expect(await confirmBy(kind, grant)).toMatchObject({ status: 200, body });
    expect(await line.attempts(grant.claimId)).toMatchObject([
      { outcome: 'confirmed', proof: kind },
    ]);
    const told = { action: 'claim.confirmed', detail: { proof: kind } };
    expect((await line.history(grant.claimId)).at(-1)).toMatchObject(told);
  });

  it.each(proofs)('%s is refused where the order does not accept it', async (kind) => {
    const accepted = proofs.filter((other) => other !== kind);
    const orderId = await line.order({ acceptProofs: accepted });
    const grant = await granted(orderId);
    expect(await confirmBy(kind, grant)).toMatchObject({
      status: 409,
      body: { code: 'claim.proof_not_accepted', data: { orderId, proof: kind, accepted } },
    });
    expect((await bench.show(grant.claimId)).body.state).toBe('leased');
    expect(await line.attempts(grant.claimId)).toEqual([]);
  });

  it('by the word of the station is not accepted unless the order says so', async () => {
    const grant = await granted(await line.order());
    expect(await confirmBy('word', grant)).toMatchObject(refused(409, 'claim.proof_not_accepted'));
    for (const kind of proofs.filter((other) => other !== 'word')) {
      const other = await granted(await line.order());
      expect(await confirmBy(kind, other)).toMatchObject({ status: 200 });
    }
  });
});

describe('a fingerprint', () => {
  it('may be cut to its first eight digits, in either case, and must fit', async () => {
    const orderId = await line.order({}, 8);
    for (const cut of [8, 9, 63]) {
      const grant = await granted(orderId);
      const { deviceName, deviceSecret } = grant.triple;
      const print = sha256(deviceSecret).toUpperCase().slice(0, cut);
      const flipped = print.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));
      expect(await send(grant, { readBack: { deviceName, fingerprint: flipped } })).toMatchObject({
        status: 422,
        body: { code: 'claim.read_back_mismatch', data: { differing: ['secret'] } },
      });
      const wrongName = { deviceName: 'other', fingerprint: print };
      expect(await send(grant, { readBack: wrongName })).toMatchObject(
        refused(422, 'claim.read_back_mismatch'),
      );
      const right = { readBack: { deviceName, fingerprint: print } };
      expect(await send(grant, right)).toMatchObject({ status: 200 });
    }
  });

  it('of fewer digits, or of none, is not understood', async () => {
    const grant = await granted(await line.order());
    const { deviceName, deviceSecret } = grant.triple;
    for (const fingerprint of [
      '',
      sha256(deviceSecret).slice(0, 7),
      'g'.repeat(8),
      'a'.repeat(65),
    ]) {
      const answer = await send(grant, { readBack: { deviceName, fingerprint } });
      const fields = [{ path: 'readBack.fingerprint', message: '8 to 64 hex digits' }];
      expect(answer).toMatchObject({
        status: 422,
        body: { code: 'request.invalid', data: { fields } },
      });
    }
  });
});

describe('a login', () => {
  it('that has not happened proves nothing, and the refusal says to wait', async () => {
    const grant = await granted(await line.order());
    const refusal = { code: 'claim.no_login', retryable: true };
    expect(await send(grant, { login: true })).toMatchObject({ status: 409, body: refusal });
    await logIn(grant);
    expect(await send(grant, { login: true })).toMatchObject({ status: 200 });
  });

  it('before the attempt proves nothing of it: the next attempt wants another login', async () => {
    const orderId = await line.order();
    const imei = freshImei();
    const { body: grant } = await bench.claim(orderId, { imei });
    await logIn(grant);
    await bench.fail(grant.claimId);
    await bench.claim(orderId, { imei });
    expect(await send(grant, { login: true })).toMatchObject(refused(409, 'claim.no_login'));
    await logInAgain(grant);
    expect(await send(grant, { login: true })).toMatchObject({ status: 200 });
  });

  it('before the unit was claimed again proves nothing, in the same attempt too', async () => {
    const orderId = await line.order();
    const imei = freshImei();
    const { body: grant } = await bench.claim(orderId, { imei });
    await logIn(grant);
    const { body: again } = await bench.claim(orderId, { imei });
    expect(again).toMatchObject({ claimId: grant.claimId, reissued: true, attempt: 1 });
    // Whoever has it again may have written it again, and not as well as the first time.
    expect(await send(grant, { login: true })).toMatchObject(refused(409, 'claim.no_login'));
    await logInAgain(grant);
    expect(await send(grant, { login: true })).toMatchObject({ status: 200 });
  });

  it('with the secret from before a reset proves nothing', async () => {
    const grant = await granted(await line.order());
    await logIn(grant);
    await logInAgain(grant);
    expect(await send(grant, { login: true })).toMatchObject({ status: 200 });
    const path = `/api/v1/devices/${line.productKey}/${grant.triple.deviceName}/reset`;
    expect((await line.service.call('POST', path)).status).toBe(200);
    expect(await send(grant, { login: true })).toMatchObject(refused(409, 'claim.no_login'));
  });

  it('of false, or a word of false, is not understood', async () => {
    const grant = await granted(await line.order());
    for (const body of [{ login: false }, { word: false }, {}, { login: true, word: true }]) {
      expect(await send(grant, body)).toMatchObject(refused(422, 'request.invalid'));
    }
  });
});
