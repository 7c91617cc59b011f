import fc from 'fast-check';
import { expect } from 'vitest';
import { afterClaim, afterDeed, expectedClaim, expectedDeed, isHeld } from './line-model.js';
import type { Deed, LineModel, UnitModel } from './line-model.js';
import type { Outcome, RealLine } from './real-line.js';

/** A step that the model and the service both make. */
type Command = fc.AsyncCommand<LineModel, RealLine>;

/** How many steps of each kind were made. */
export const stepsMade = new Map<string, number>();

/** The benches that work on one order. */
export const benchCount = 3;

/** Runs one step and holds the counters of the order against the model. */
function command(name: string, run: (model: LineModel, line: RealLine) => Promise<void>): Command {
  return {
    check: () => true,
    toString: () => name,
    run: async (model, line) => {
      const [kind = name] = name.split('(');
      stepsMade.set(kind, (stepsMade.get(kind) ?? 0) + 1);
      await run(model, line);
      await expectCounters(model, line);
    },
  };
}

async function expectCounters(model: LineModel, line: RealLine): Promise<void> {
  const { leased, failed, confirmed, quota, remaining, ...order } = await line.show();
  expect({ leased, failed, confirmed, quota, remaining }).toEqual({
    leased: model.count('leased'),
    failed: model.count('failed'),
    confirmed: model.count('confirmed'),
    quota: model.quota,
    remaining: model.quotaLeft,
  });
  const gone = model.everShown.size - leased - failed - confirmed;
  expect(order).toMatchObject({
    void: gone,
    issued: 0,
    free: model.quantity - model.everShown.size,
  });
}

function take(model: LineModel, unit: UnitModel, bench: number, outcome: Outcome): void {
  if (!outcome.grant) return;
  const { claimId, triple } = outcome.grant;
  const { deviceName, deviceSecret } = triple;
  expect(afterClaim(model, unit, bench, { claimId, deviceName, deviceSecret })).toBeUndefined();
}

/** New claims of one moment: as many as the quota leaves are granted, whichever they are. */
function takeAll(
  model: LineModel,
  made: readonly { unit: UnitModel; bench: number; outcome: Outcome }[],
): void {
  const isEnded = model.isClosed || model.isExpired;
  const fresh = made.filter(({ unit }) => !isHeld(unit));
  const places = isEnded ? 0 : Math.min(fresh.length, model.quotaLeft);
  expect(fresh.filter(({ outcome }) => outcome.said === '201')).toHaveLength(places);
  for (const { unit, outcome } of made) {
    if (isHeld(unit)) expect(outcome.said).toBe('200');
    else if (outcome.said !== '201') {
      const why = isEnded ? expectedClaim(model, unit) : '409 order.quota_used_up';
      expect(outcome.said).toBe(why);
    }
  }
  for (const { unit, bench, outcome } of made) take(model, unit, bench, outcome);
}

const claim = (index: number, bench: number): Command =>
  command(`claim(${index}, bench ${bench})`, async (model, line) => {
    const unit = model.unit(index);
    const outcome = await line.claim(unit, bench);
    expect(outcome.said).toBe(expectedClaim(model, unit));
    take(model, unit, bench, outcome);
  });

const batch = (indexes: readonly number[], bench: number): Command =>
  command(`batch(${indexes.join(' ')}, bench ${bench})`, async (model, line) => {
    const units = indexes.map((index) => model.unit(index));
    const outcomes = await line.claimAll(units, bench);
    expect(outcomes).toHaveLength(units.length);
    const made = units.map((unit, at) => ({ unit, bench, outcome: outcomes[at] ?? { said: '' } }));
    const isTwice = (unit: UnitModel): boolean => units.filter((one) => one === unit).length > 1;
    for (const { outcome } of made.filter(({ unit }) => isTwice(unit))) {
      expect(outcome.said).toBe('409 unit.twice_in_batch');
    }
    takeAll(
      model,
      made.filter(({ unit }) => !isTwice(unit)),
    );
  });

const end = (deed: Deed, index: number, bench: number): Command =>
  command(`${deed}(${index}, bench ${bench})`, async (model, line) => {
    const unit = model.unit(index);
    if (unit.claimId === undefined) return;
    const expected = expectedDeed(unit, bench, deed);
    expect((await line.end(unit, bench, deed)).said).toBe(expected);
    if (expected === '200') afterDeed(unit, deed);
  });

/** Different units at the same moment, each at another bench or the same. */
const together = (indexes: readonly number[]): Command =>
  command(`together(${indexes.join(' ')})`, async (model, line) => {
    const units = [...new Set(indexes.map((index) => model.unit(index)))];
    const made = await Promise.all(
      units.map(async (unit, at) => {
        const bench = at % benchCount;
        return { unit, bench, outcome: await line.claim(unit, bench) };
      }),
    );
    takeAll(model, made);
  });

/** The same unit at every bench at the same moment: one of them is first, all get one triple. */
const race = (index: number): Command =>
  command(`race(${index})`, async (model, line) => {
    const unit = model.unit(index);
    const expected = expectedClaim(model, unit);
    const outcomes = await Promise.all(
      Array.from({ length: benchCount }, (_, bench) => line.claim(unit, bench)),
    );
    const said = outcomes.map((outcome) => outcome.said).sort();
    const others = expected === '201' ? '200' : expected;
    expect(said).toEqual([expected, ...Array<string>(benchCount - 1).fill(others)].sort());
    const names = new Set(outcomes.map(({ grant }) => grant?.triple.deviceName));
    expect(names.size).toBe(1);
    for (const outcome of outcomes) take(model, unit, 0, outcome);
    // Which bench came last is chance; from here on it is bench 0 again.
    if (isHeld(unit)) take(model, unit, 0, await line.claim(unit, 0));
  });

const raise = (by: number): Command =>
  command(`raise(${by})`, async (model, line) => {
    const quota = Math.min(model.quantity, model.quota + by);
    const { said } = await line.change({ quota });
    expect(said).toBe(model.isClosed ? '409 order.ended' : '200');
    if (said === '200') model.quota = quota;
  });

const expire = (): Command =>
  command('expire', async (model, line) => {
    await line.expire();
    model.isExpired = true;
  });

const extend = (): Command =>
  command('extend', async (model, line) => {
    const { said } = await line.change({ expiresAt: null });
    expect(said).toBe(model.isClosed ? '409 order.ended' : '200');
    if (said === '200') model.isExpired = false;
  });

const close = (): Command =>
  command('close', async (model, line) => {
    expect((await line.close()).said).toBe('200');
    model.isClosed = true;
  });

const restart = (): Command =>
  command('restart', async (_, line) => {
    await line.site.restart();
  });

const unitIndex = fc.nat(7);
const bench = fc.nat(benchCount - 1);
const several = fc.array(unitIndex, { minLength: 1, maxLength: 8 });

/** Every kind of step; the rare ones are rare. */
export const allCommands: fc.Arbitrary<Command>[] = [
  fc.tuple(unitIndex, bench).map(([unit, at]) => claim(unit, at)),
  fc.tuple(unitIndex, bench).map(([unit, at]) => end('confirm', unit, at)),
  fc.tuple(unitIndex, bench).map(([unit, at]) => end('fail', unit, at)),
  fc.tuple(unitIndex, bench).map(([unit, at]) => end('void', unit, at)),
  fc.tuple(several, bench).map(([units, at]) => batch(units, at)),
  several.map(together),
  unitIndex.map(race),
  fc.integer({ min: 1, max: 4 }).map(raise),
  fc.oneof(
    { weight: 3, arbitrary: fc.constant(0).map(expire) },
    { weight: 6, arbitrary: fc.constant(0).map(extend) },
    { weight: 1, arbitrary: fc.constant(0).map(close) },
    { weight: 1, arbitrary: fc.constant(0).map(restart) },
  ),
];
