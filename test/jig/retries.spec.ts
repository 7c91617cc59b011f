import { describe, expect, it } from 'vitest';
import { runTries } from '../../src/jig/jig.js';
import { isWorthRetrying, joinTries } from '../../src/jig/retries.js';
import type { Try } from '../../src/jig/retries.js';
import { SlotStop, slotReasons } from '../../src/jig/slot-result.js';
import type { SlotReason, SlotResult } from '../../src/jig/slot-result.js';
import type { Timers } from '../../src/jig/timers.js';
import { ClaimDesk } from './claim-desk.js';
import { slotOptions } from './run-peer.js';
import { VirtualTime } from './virtual-time.js';

const tried = (reason: SlotReason | undefined, at = 0, held: Partial<SlotResult> = {}): Try => ({
  startMs: at * 100,
  result: {
    slot: 1,
    outcome: reason === undefined ? 'PASS' : slotReasons[reason],
    ...(reason && { reason, detail: `${reason}!` }),
    tries: 1,
    isVolatile: false,
    durationMs: 5,
    transcript: [{ atMs: 1, direction: 'sent', text: 'AT' }],
    ...held,
  },
});

describe('the end of a slot that was tried again', () => {
  it.each([
    ['port_closed port_busy', 'port_closed'],
    ['no_answer garbage', 'no_answer'],
    ['no_answer write_refused port_busy', 'write_refused'],
    ['read_back_mismatch write_refused no_answer', 'write_refused'],
    ['registration_timeout write_refused write_refused', 'write_refused'],
    ['identity_missing read_back_mismatch', 'read_back_mismatch'],
    ['write_refused unit_changed', 'unit_changed'],
    ['read_back_empty aborted', 'aborted'],
    ['write_refused confirm_unanswered', 'confirm_unanswered'],
    ['port_busy port_denied', 'port_denied'],
  ])('after %s is %s', (reasons, told) => {
    const [first, ...others] = reasons
      .split(' ')
      .map((reason, at) => tried(reason as SlotReason, at));
    const { reason, outcome } = joinTries(first ?? tried(undefined), ...others);
    expect([reason, outcome]).toEqual([told, slotReasons[told as SlotReason]]);
  });

  it('tells the last try too, where that ended otherwise', () => {
    const end = (...reasons: SlotReason[]) =>
      joinTries(tried('write_refused'), ...reasons.map((one) => tried(one, 1))).detail;
    expect(end('no_answer')).toBe('write_refused!; the last of 2 tries: TIMEOUT no_answer');
    expect(end('write_refused')).toBe('write_refused!');
    expect(end()).toBe('write_refused!');
  });

  it('that passed has no reason; its conversation has a note between the tries', () => {
    const joined = joinTries(tried('port_closed'), tried(undefined, 11));
    expect(joined).toMatchObject({ outcome: 'PASS', tries: 2, durationMs: 1105 });
    expect(joined.reason ?? joined.detail).toBeUndefined();
    expect(joined.transcript.map(({ atMs, text }) => `${atMs} ${text}`)).toEqual([
      '1 AT',
      '5 ERROR port_closed; tried again',
      '1101 AT',
    ]);
  });
});

describe('what a slot that was tried again tells of its unit', () => {
  const [found, other] = ['a', 'b'].map((name) => ({
    dialect: `speaks-${name}`,
    unit: { sn: name },
  }));
  const claim = { claimId: 'clm_a', deviceName: 'dn_a' };
  const first = { ...found, ...claim, attempt: 1, isVolatile: true };
  const second = { ...found, ...claim, attempt: 2, isVolatile: false };

  it.each<[string, [SlotReason, Partial<SlotResult>][], Partial<SlotResult>]>([
    [
      'is of the unit of its claim, also where another unit was put on',
      [
        ['write_refused', first],
        ['unit_changed', { ...other }],
      ],
      first,
    ],
    [
      'is of the latest try that had a claim',
      [
        ['write_refused', first],
        ['read_back_empty', second],
        ['identity_missing', { dialect: 'speaks-b' }],
      ],
      second,
    ],
    [
      'is of the latest unit where none had a claim',
      [
        ['write_refused', { ...found }],
        ['unit_changed', { ...other }],
        ['no_answer', {}],
      ],
      { ...other, isVolatile: false },
    ],
    [
      'is the dialect alone where no unit was found',
      [
        ['identity_missing', { dialect: 'speaks-a' }],
        ['no_answer', {}],
      ],
      { dialect: 'speaks-a', isVolatile: false },
    ],
  ])('%s', (_, ends, expected) => {
    const [one, ...more] = ends.map(([reason, held], at) => tried(reason, at, held));
    const joined = joinTries(one ?? expect.unreachable(), ...more);
    const { dialect, unit, claimId, deviceName, attempt, isVolatile } = joined;
    expect({ dialect, unit, claimId, deviceName, attempt, isVolatile }).toEqual(expected);
  });
});

describe('a port that is gone', () => {
  const run = async (reason: SlotReason) => {
    const timers = new VirtualTime();
    const connectsMs: number[] = [];
    const connect = (): Promise<never> => {
      connectsMs.push(timers.now());
      return Promise.reject(new SlotStop(reason));
    };
    const options = { ...slotOptions('tcp://h:1', new ClaimDesk()), timers, connect };
    const result = await timers.until(runTries(options, () => 3));
    return { result, connectsMs };
  };

  it.each(['port_closed', 'port_busy', 'port_device_missing', 'port_refused'] as const)(
    '(%s) is tried again after a moment, each time a longer one',
    async (reason) => {
      const { result, connectsMs } = await run(reason);
      expect(connectsMs).toEqual([0, 1000, 3000, 7000]);
      expect(result).toMatchObject({ reason, tries: 4, durationMs: 7000 });
    },
  );

  it('keeps nobody waiting when its slot is aborted', async () => {
    const abort = new AbortController();
    const timers: Timers = {
      now: () => 0,
      start: (ms) => {
        if (ms === 1000) {
          queueMicrotask(() => {
            abort.abort();
          });
        }
        return () => undefined; // nothing rings
      },
    };
    const connect = (): Promise<never> => Promise.reject(new SlotStop('port_closed'));
    const { signal } = abort;
    const options = { ...slotOptions('tcp://h:1', new ClaimDesk()), timers, connect, signal };
    const result = await runTries(options, () => 3);
    expect(result).toMatchObject({ reason: 'port_closed', tries: 1 });
  });

  it('is not tried again where only a person can help', () => {
    const hopeless = ['port_malformed', 'port_denied', 'port_settings_refused'] as const;
    expect(hopeless.filter((reason) => isWorthRetrying(tried(reason).result))).toEqual([]);
  });
});
