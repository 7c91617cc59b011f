import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { DomainError } from '../../src/core/errors.js';
import { SlotStop } from '../../src/jig/slot-result.js';
import type { SlotReason, SlotResult } from '../../src/jig/slot-result.js';
import { connectPort } from '../../src/jig/transports/connect-port.js';
import { watchSlot } from '../../src/jig/watch-slot.js';
import type { PeerBehaviour } from './at-peer.js';
import { ClaimDesk } from './claim-desk.js';
import { slotOptions, startPeer } from './run-peer.js';

const first = '490154203237518';
const second = '356938035643809';
/** Like no time-out of a dialect. Units: ms. */
const lookEveryMs = 987_654;

/** A jig whose operator puts units on slots; each look waits until the test lets it. */
class Bench {
  constructor(readonly desk = new ClaimDesk()) {}

  readonly results: SlotResult[] = [];
  private readonly ports = new Map<number, string>();
  private readonly units = new Map<number, string>();
  private readonly stop = new AbortController();
  private readonly looks = new Map<number, () => void>();
  private readonly idle = new Map<number, SlotReason | undefined>();
  private readonly watching: Promise<void>[] = [];

  async put(slot: number, imei: string, behaviour: PeerBehaviour = {}): Promise<void> {
    this.ports.set(slot, (await startPeer({ imei, ...behaviour })).port);
  }

  takeOff(slot: number): void {
    this.ports.delete(slot);
  }

  watch(slot: number, retries = 0): void {
    const options = slotOptions('', this.desk);
    const watching = watchSlot({
      ...options,
      slot,
      retries,
      signal: this.stop.signal,
      units: this.units,
      everyMs: lookEveryMs,
      timers: {
        now: () => performance.now(),
        start: (ms, ring) => {
          if (ms === lookEveryMs) this.looks.set(slot, ring);
          const timer = ms === lookEveryMs ? undefined : setTimeout(ring, ms);
          return () => {
            clearTimeout(timer);
          };
        },
      },
      connect: (_, how) => {
        const port = this.ports.get(slot);
        if (port === undefined) return Promise.reject(new SlotStop('port_refused'));
        return connectPort(port, how);
      },
      onResult: (result) => this.results.push(result),
      onIdle: (_, { reason }) => this.idle.set(slot, reason),
    });
    this.watching.push(watching);
  }

  /** Waits for the end of the look under way. */
  async rested(slot = 1): Promise<SlotReason | undefined> {
    while (!this.looks.has(slot)) await turn();
    return this.idle.get(slot);
  }

  /** Has a slot looked at once more. Shape: why there was nothing to do. */
  async look(slot = 1): Promise<SlotReason | undefined> {
    await this.rested(slot);
    const ring = this.looks.get(slot);
    this.looks.delete(slot);
    this.idle.delete(slot);
    ring?.();
    return await this.rested(slot);
  }

  async close(): Promise<void> {
    this.stop.abort();
    await Promise.all(this.watching);
  }

  outcomes(): string[] {
    return this.results.map(({ slot, outcome, unit }) => `${slot} ${outcome} ${unit?.imei ?? ''}`);
  }
}

describe('a watched slot', () => {
  it('works on each unit once, whenever another one is put on', async () => {
    const bench = new Bench();
    bench.watch(1);
    expect(await bench.rested()).toBe('port_refused');
    await bench.put(1, first);
    expect(await bench.look()).toBeUndefined();
    expect(await bench.look()).toBe('unit_duplicate');
    await bench.put(1, second);
    await bench.look();
    expect(bench.outcomes()).toEqual([`1 PASS ${first}`, `1 PASS ${second}`]);
    await bench.close();
    expect(bench.desk.log.filter((line) => line.startsWith('claim'))).toHaveLength(2);
  });

  it('takes one lost look for noise after a pass, two for a unit that was taken off', async () => {
    const bench = new Bench();
    await bench.put(1, first);
    bench.watch(1);
    for (const silentLooks of [1, 2]) {
      await bench.rested();
      bench.takeOff(1);
      for (let look = 0; look < silentLooks; look += 1) await bench.look();
      await bench.put(1, first);
      await bench.look();
    }
    expect(bench.outcomes()).toEqual([`1 PASS ${first}`, `1 PASS ${first}`]);
    await bench.close();
  });

  it('leaves a unit alone that another slot has, until it is taken off there', async () => {
    const bench = new Bench();
    await bench.put(1, first);
    bench.watch(1);
    await bench.rested();
    await bench.put(2, first);
    bench.watch(2);
    expect(await bench.rested(2)).toBe('unit_duplicate');
    await bench.put(1, second);
    await bench.look(1);
    await bench.look(2);
    expect(bench.outcomes()).toEqual([`1 PASS ${first}`, `1 PASS ${second}`, `2 PASS ${first}`]);
    await bench.close();
  });

  it('works again on a unit whose claim got no answer, but on none that was refused', async () => {
    const answers = [
      new DomainError('remote.unreachable', ''),
      undefined,
      new DomainError('order.closed', ''),
    ];
    const claim = (): Promise<void> => {
      const error = answers.shift();
      return error ? Promise.reject(error) : Promise.resolve();
    };
    const bench = new Bench(new ClaimDesk({ claim }));
    await bench.put(1, first);
    bench.watch(1);
    await bench.rested();
    await bench.look();
    await bench.put(1, second);
    await bench.look();
    expect(await bench.look()).toBe('unit_duplicate');
    expect(bench.outcomes()).toEqual([`1 ERROR ${first}`, `1 PASS ${first}`, `1 ERROR ${second}`]);
    await bench.close();
  });

  it('works again on a unit whose confirm got no answer', async () => {
    const answers = [new DomainError('remote.unreachable', '')];
    const confirm = (): Promise<void> => {
      const error = answers.shift();
      return error ? Promise.reject(error) : Promise.resolve();
    };
    const bench = new Bench(new ClaimDesk({ confirm }));
    await bench.put(1, first);
    bench.watch(1);
    await bench.rested();
    expect(await bench.look()).toBeUndefined();
    expect(await bench.look()).toBe('unit_duplicate');
    const claimId = `clm_${first}`;
    expect(bench.results).toMatchObject([
      { outcome: 'ERROR', reason: 'confirm_unanswered', claimId },
      { outcome: 'PASS', claimId },
    ]);
    expect(bench.desk.log.filter((line) => line.startsWith('fail'))).toEqual([]);
    await bench.close();
  });

  it('is tried again with the unit that it has, but not for want of a unit', async () => {
    const bench = new Bench();
    bench.watch(1, 2);
    expect(await bench.rested()).toBe('port_refused');
    const hasFailed = () => bench.desk.log.some((line) => line.startsWith('fail'));
    await bench.put(1, first, {
      answer: (command) =>
        command.includes('aliauth",0,"') && !hasFailed() ? ['ERROR'] : undefined,
    });
    await bench.look();
    expect(bench.results).toMatchObject([{ outcome: 'PASS', tries: 2 }]);
    await bench.close();
    const ends = bench.desk.log.map((line) => line.split(' ')[0]);
    expect(ends).toEqual(['claim', 'fail', 'claim', 'confirm']);
  });
});
