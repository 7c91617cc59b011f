import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isReplay, keyedCaller } from '../support/keyed.js';
import type { SendKeyed } from '../support/keyed.js';
import type { Answer } from '../support/service.js';
import { freshImei, proofOf } from './bench.js';
import type { Grant, Shown } from './bench.js';
import { startClaimLine } from './claim-line.js';
import type { ClaimLine } from './claim-line.js';

/** What becomes of one unit, and how often each of its two requests is sent. */
interface Plan {
  readonly then: 'confirm' | 'fail' | 'void';
  readonly claims: number;
  readonly ends: number;
}

interface Asked {
  readonly path: string;
  readonly body: object;
}

const times = fc.integer({ min: 1, max: 3 });
const plan: fc.Arbitrary<Plan> = fc.record({
  then: fc.constantFrom('confirm', 'fail', 'void'),
  claims: times,
  ends: times,
});
const plans = fc.array(plan, { minLength: 2, maxLength: 6 });

let line: ClaimLine;
let send: SendKeyed;
beforeAll(async () => {
  line = await startClaimLine();
  send = keyedCaller(line.service.service.urls.http);
});
afterAll(async () => {
  await line.stop();
});

/** Sends one request as a station that repeats it until it is answered. */
async function insist<T>({ path, body }: Asked, key: string): Promise<Answer<T>> {
  for (;;) {
    const request = { method: 'POST', path: `/api/v1/claims${path}`, body, key };
    const answer = await send<T>({ ...request, apiKey: line.bench.key });
    if (answer.status !== 409) return answer;
  }
}

/**
 * Sends every request as often as it wants, all of them mixed; answers one answer for each.
 *
 * Errors: when the answers to one request differ, or another number than one did the work.
 */
async function sendMixed<T>(
  asked: readonly (Asked & { readonly times: number })[],
): Promise<Answer<T>[]> {
  const keyed = asked.map((one) => ({ ...one, key: randomUUID() }));
  const rounds = [0, 1, 2].flatMap((round) => keyed.filter((one) => one.times > round));
  const answers = await Promise.all(
    rounds.map(async (one) => ({ key: one.key, answer: await insist<T>(one, one.key) })),
  );
  return keyed.map(({ key }) => {
    const own = answers.filter((one) => one.key === key).map(({ answer }) => answer);
    expect(new Set(own.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(own.filter((answer) => !isReplay(answer))).toHaveLength(1);
    const [first] = own;
    if (!first) throw new Error('a request was never sent');
    expect(first.status).toBeLessThan(300);
    return first;
  });
}

function endOf(grant: Grant, { then, ends }: Plan): Asked & { readonly times: number } {
  const body = then === 'confirm' ? proofOf(grant) : { reason: 'as planned' };
  return { path: `/${grant.claimId}/${then}`, body, times: ends };
}

describe('requests that come once to three times, mixed', () => {
  it('leave everything as if each had come once', async () => {
    await fc.assert(
      fc.asyncProperty(plans, async (units) => {
        const orderId = await line.order({}, units.length);
        const claims = units.map((one) => ({
          path: '',
          body: { orderId, unit: { imei: freshImei() } },
          times: one.claims,
        }));
        const grants = (await sendMixed<Grant>(claims)).map(({ body }) => body);
        const ends = units.flatMap((one, index) => {
          const grant = grants[index];
          return grant ? [endOf(grant, one)] : [];
        });
        await sendMixed<Shown>(ends);
        const count = (then: Plan['then']): number =>
          units.filter((one) => one.then === then).length;
        expect(await line.counters(orderId)).toEqual({
          free: 0,
          leased: 0,
          remaining: 0,
          confirmed: count('confirm'),
          failed: count('fail'),
          void: count('void'),
        });
        for (const [index, grant] of grants.entries()) {
          expect(await line.history(grant.claimId), `unit ${index}`).toHaveLength(2);
        }
      }),
      { numRuns: 8 },
    );
  }, 120_000);
});
