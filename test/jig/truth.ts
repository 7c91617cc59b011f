import { expect } from 'vitest';
import { unitValues } from '../../src/jig/unit-values.js';
import type { ClaimDesk } from './claim-desk.js';
import type { BenchRun } from './simulated-bench.js';

/** Names under which families keep a value that others keep under its own name. */
const otherNames: Readonly<Record<string, string>> = {
  'triplemint/productKey': 'productKey',
  'triplemint/deviceName': 'deviceName',
  'triplemint/deviceSecret': 'deviceSecret',
  '4242,4': 'username',
  '4242,3': 'deviceSecret',
};

/** How a run ended, in one word: `PASS`, `PASS volatile`, or the reason. */
export function endOf({ result }: BenchRun): string {
  return result.outcome === 'PASS'
    ? `PASS${result.isVolatile ? ' volatile' : ''}`
    : (result.reason ?? '');
}

/**
 * Checks that jig, unit and claims believe the same: what passed is confirmed and is what the unit
 * holds (over a further restart, unless it is volatile); what did not pass is not confirmed. And no
 * secret got into the result.
 */
export function expectTruth(run: BenchRun, desk: ClaimDesk): void {
  const { result, unit } = run;
  const [secret, ...others] = desk.secrets.values();
  expect(others).toEqual([]);
  const end = desk.log.filter((line) => !line.startsWith('claim')).at(-1);
  if (secret !== undefined) {
    expect(JSON.stringify(result)).not.toContain(secret.expose());
  }
  if (result.outcome !== 'PASS') {
    expect(end ?? 'fail').toMatch(/^fail/);
    return;
  }
  const { mode } = run.dialect.readBack;
  const by = { clear: '', fingerprint: ' by fingerprint', masked: ' by login', none: ' by login' }[
    mode
  ];
  expect(end).toBe(
    `confirm ${result.claimId} ${result.deviceName}${by}${result.isVolatile ? ' volatile' : ''}`,
  );
  if (!result.isVolatile) {
    unit.restart();
  }
  const held = Object.fromEntries(
    [...unit.stored].map(([name, value]) => [otherNames[name] ?? name, value.expose()]),
  );
  const triple = {
    productKey: 'a1JszCpjS61',
    deviceName: result.deviceName ?? '',
    deviceSecret: secret ?? expect.unreachable('passed without a secret'),
  };
  const wanted = unitValues(triple, { host: '', port: 0 });
  expect(Object.keys(held)).toContain('password' in held ? 'password' : 'deviceSecret');
  // Under a name that was spoilt on its way lies what nobody reads.
  for (const [name, value] of Object.entries(held).filter(([known]) => known in wanted)) {
    if (name === 'clientId' && 'deviceSecret' in held) {
      continue; // free to choose where the module signs by itself
    }
    const right = wanted[name];
    expect([name, value]).toEqual([name, typeof right === 'object' ? right.expose() : right]);
  }
}
