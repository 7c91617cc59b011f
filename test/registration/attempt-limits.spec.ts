import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../src/core/registration-policy.js';
import { AttemptLimits } from '../../src/registration/attempt-limits.js';
import { auditOf, openRegistrar, requestOf, secretOf } from './registrar.js';
import type { Registrar } from './registrar.js';

const product = (id: number, maxPerSecond: number | null) => ({
  id,
  policy: { ...defaultPolicy, maxPerSecond },
});

/** Asks at each moment. Units: seconds. Shape: how many were let through. */
function passed(
  limits: AttemptLimits,
  atSeconds: readonly number[],
  device = 'dn',
  of = product(1, null),
): number {
  return atSeconds.filter((at) => limits.refusal(of, device, at * 1000) === undefined).length;
}
const every = (seconds: number, count: number) =>
  Array.from({ length: count }, (_, index) => index * seconds);

describe('one device', () => {
  it('has thirty tries at once, then one every two seconds', () => {
    const limits = new AttemptLimits();
    expect(passed(limits, every(0, 100))).toBe(30);
    expect(passed(limits, every(1, 100))).toBe(49); // the first second has nothing to give
    expect(limits.refusal(product(1, null), 'dn', 99_000)).toBe('device_too_fast');
  });

  it('may try eight times in 21 s as often as it is switched on, as C SDK 3.2 does', () => {
    const limits = new AttemptLimits();
    const powerUps = every(60, 20).flatMap((start) => every(3, 8).map((at) => start + at));
    expect(passed(limits, powerUps)).toBe(powerUps.length);
  });

  it('takes nothing from another, nor from one of its name in another product', () => {
    const limits = new AttemptLimits();
    passed(limits, every(0, 100));
    expect(passed(limits, every(0, 30), 'other')).toBe(30);
    expect(passed(limits, every(0, 30), 'dn', product(2, null))).toBe(30);
  });
});

describe('one product', () => {
  it('has its rate, with bursts of ten seconds, over all its devices', () => {
    const limits = new AttemptLimits();
    const ask = (index: number, atMs: number) =>
      limits.refusal(product(1, 5), `dn-${index}`, atMs) === undefined;
    const burst = every(1, 100).filter((index) => ask(index, 0));
    expect(burst).toHaveLength(50);
    expect(every(1, 100).filter((index) => ask(index, 2000))).toHaveLength(10);
    expect(limits.refusal(product(1, 5), 'dn-new', 2000)).toBe('product_too_fast');
    expect(limits.refusal(product(2, 5), 'dn-new', 2000)).toBeUndefined();
  });

  it('loses nothing to a device that never stops', () => {
    const limits = new AttemptLimits();
    passed(limits, every(0, 10_000), 'endless', product(1, 5));
    const others = every(1, 100).filter(
      (index) => limits.refusal(product(1, 5), `dn-${index}`, 0) === undefined,
    );
    expect(others).toHaveLength(20); // the endless one has had its thirty
  });
});

describe('a proven caller that is too fast', () => {
  let registrar: Registrar;
  beforeAll(async () => {
    registrar = await openRegistrar();
  });
  afterAll(async () => {
    await registrar.close();
  });

  it('is refused without a statement, and the history tells it', async () => {
    const of = await registrar.makeProduct();
    await registrar.makeOrder(of, 'fast-', { quantity: 2 });
    const request = requestOf(of, 'fast-0001');
    const secrets = new Set<string>();
    for (let index = 0; index < 30; index += 1) {
      secrets.add(secretOf(await registrar.service.register(request)));
    }
    expect(secrets.size).toBe(1);
    const refused = { kind: 'refused', reason: 'device_too_fast' };
    for (let index = 0; index < 3; index += 1) {
      expect(await registrar.service.register(request)).toEqual(refused);
    }
    expect(await registrar.service.register(requestOf(of, 'fast-0002'))).toMatchObject({
      kind: 'granted',
    });
    await registrar.refusals.flush(Infinity);
    const told = await auditOf(registrar, 'fast-0001');
    expect(told).toHaveLength(31);
    expect(told.at(-1)).toMatchObject({
      action: 'registration.refused',
      detail: { reason: 'device_too_fast', count: 3 },
    });
  });

  it('of a product with a rate is refused above it, whichever device it is', async () => {
    const of = await registrar.makeProduct({ maxPerSecond: 1 });
    await registrar.makeOrder(of, 'rate-', { quantity: 15 });
    const names = every(1, 15).map((index) => `rate-${String(index + 1).padStart(4, '0')}`);
    const results = await Promise.all(
      names.map((name) => registrar.service.register(requestOf(of, name))),
    );
    const granted = results.filter(({ kind }) => kind === 'granted');
    expect(granted.length).toBeGreaterThanOrEqual(10);
    expect(granted.length).toBeLessThan(15);
    const refused = { kind: 'refused', reason: 'product_too_fast' };
    expect(results.filter(({ kind }) => kind !== 'granted')).toContainEqual(refused);
  });

  it('that is a stranger is no such thing: it is counted by its address only', async () => {
    const of = await registrar.makeProduct({ maxPerSecond: 1 });
    await registrar.makeOrder(of, 'calm-', { quantity: 1 });
    const stranger = requestOf(of, 'calm-0001', { sign: '0'.repeat(64) });
    for (let index = 0; index < 100; index += 1) {
      expect(await registrar.service.register(stranger)).toEqual({ kind: 'stranger' });
    }
    const honest = await registrar.service.register(requestOf(of, 'calm-0001'));
    expect(honest).toMatchObject({ kind: 'granted' });
  });
});
