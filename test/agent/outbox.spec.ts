import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Journal } from '../../src/agent/journal.js';
import type { ResultEntry } from '../../src/agent/journal-entry.js';
import { Outbox } from '../../src/agent/outbox.js';
import { defaultPatience, waitMs } from '../../src/agent/patience.js';
import { DomainError } from '../../src/core/errors.js';

let folder: string;
let journal: Journal;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'triplemint-outbox-'));
  journal = await Journal.open(folder);
});
afterEach(async () => {
  await journal.close().finally(() => rm(folder, { recursive: true, force: true }));
});

const entry = (id: string, report: ResultEntry['report']): ResultEntry => ({
  kind: 'result',
  at: '2026-11-23T02:15:00.000Z',
  requestId: id,
  claimId: id,
  report,
});
const failed = (id: string) => entry(id, { kind: 'fail', reason: 'write_refused' });
const confirmed = (id: string) =>
  entry(id, {
    kind: 'confirm',
    proof: { kind: 'digest', deviceName: id, secretDigest: 'd' },
    isVolatile: false,
  });

/** What a service answers: to all, or to each of the results. */
type Turn = Error | readonly (Error | undefined)[];

interface Tried {
  readonly outbox: Outbox;
  readonly sent: readonly string[];
  readonly requestIds: readonly string[];
  readonly refused: readonly string[];
}

/** An outbox whose service answers like this first, then takes everything. */
function outboxWith(...turns: readonly Turn[]): Tried {
  const sent: string[] = [];
  const requestIds: string[] = [];
  const refused: string[] = [];
  const left = [...turns];
  const outbox = new Outbox({
    journal,
    patience: { ...defaultPatience, firstMs: 1, mostMs: 1 },
    send: ({ requestId, results }) => {
      sent.push(results.map(({ claimId }) => claimId).join(' '));
      requestIds.push(requestId);
      const turn = left.shift() ?? [];
      if (turn instanceof Error) return Promise.reject(turn);
      const errors = results.map((_, index) => turn[index]);
      return Promise.resolve(
        errors.map((error) => (error ? { ok: false, error } : { ok: true, value: undefined })),
      );
    },
    onState: () => undefined,
    onRefused: ({ requestId }) => refused.push(requestId),
  });
  return { outbox, sent, requestIds, refused };
}

const long = 20_000;

describe('an outbox', () => {
  it.each([
    ['nobody answers', new Error('socket hang up')],
    ['the service is overloaded', new DomainError('service.overloaded', '')],
    ['the key is not known', new DomainError('key.unknown', '')],
    ['a proxy stands between', new DomainError('remote.refused', 'status 403')],
    ['the service has a fault', new DomainError('internal', '')],
  ])('keeps a result and the order of all while %s', async (_, error) => {
    const { outbox, sent, refused } = outboxWith(error, error, error);
    for (const id of ['one', 'two']) await outbox.add(failed(id));
    expect(await outbox.drained(long)).toBe(true);
    expect(sent).toEqual(['one', 'one', 'one', 'one', 'two']);
    expect(refused).toEqual([]);
    await outbox.close();
  });

  it('sends the confirms that wait together, 64 at most, and a fail alone in its place', async () => {
    const { outbox, sent } = outboxWith();
    const many = Array.from({ length: 66 }, (_, index) => `c${index}`);
    await outbox.add(...many.map(confirmed), failed('f'), confirmed('last'));
    expect(await outbox.drained(long)).toBe(true);
    expect(sent).toEqual([many.slice(0, 64).join(' '), 'c64 c65', 'f', 'last']);
    await outbox.close();
  });

  it('repeats what got no answer as it was, and by another id what was answered', async () => {
    const wait = new DomainError('service.overloaded', '');
    const { outbox, sent, requestIds } = outboxWith(wait, wait, [undefined, wait]);
    const adding = outbox.add(confirmed('a'), confirmed('b'));
    await adding.then(() => outbox.add(confirmed('c')));
    expect(await outbox.drained(long)).toBe(true);
    expect(sent).toEqual(['a b', 'a b', 'a b', 'b c']);
    const [first, second, third, fourth] = requestIds;
    expect([second, third]).toEqual([first, first]);
    expect(fourth).not.toBe(first);
    await outbox.close();
    await journal.close();
    journal = await Journal.open(folder);
    expect(journal.found.waiting).toEqual([]);
  });

  it('ends a result that the service refuses for the sake of its claim, and tells who asks', async () => {
    const { outbox, sent, refused } = outboxWith([undefined, new DomainError('claim.void', '')]);
    await outbox.add(confirmed('zero'), confirmed('one'));
    await expect(outbox.answered('one', long)).rejects.toMatchObject({ code: 'claim.void' });
    expect(await outbox.answered('zero', long)).toBe(true);
    await outbox.add(failed('two'));
    expect(await outbox.answered('two', long)).toBe(true);
    expect({ sent, refused }).toEqual({ sent: ['zero one', 'two'], refused: ['one'] });
    await outbox.close();
  });

  it('has a result on the disk before it is sent', async () => {
    const { outbox, sent } = outboxWith();
    const adding = outbox.add(failed('one'));
    expect(sent).toEqual([]);
    await journal.close();
    await adding;
    await outbox.close();
    journal = await Journal.open(folder);
    expect(journal.found.waiting).toEqual([failed('one')]);
  });

  it('is settled when all was taken, or at once when the link is away', async () => {
    const { outbox, sent } = outboxWith();
    await outbox.add(failed('one'));
    await outbox.settled(long);
    expect({ sent, waiting: outbox.state.waiting }).toEqual({ sent: ['one'], waiting: 0 });
    await outbox.close();
    const away = new DomainError('remote.unreachable', '', { retryAfterMs: long });
    const other = outboxWith(away);
    await other.outbox.add(failed('two'));
    await other.outbox.settled(2 * long);
    expect(other.outbox.state).toMatchObject({ waiting: 1 });
    await other.outbox.close();
  });

  it('is not settled while a login may still be heard of, and shows no trouble for that', async () => {
    const unseen = [new DomainError('claim.no_login', '')];
    const { outbox } = outboxWith(unseen, unseen);
    await outbox.add({ ...confirmed('one'), at: new Date().toISOString() });
    await outbox.settled(long);
    expect(outbox.state).toEqual({ waiting: 0, trouble: undefined });
    await outbox.close();
  });

  it('tells why it cannot send when it has to', async () => {
    const { outbox } = outboxWith(new DomainError('remote.unreachable', 'nobody'));
    await outbox.add(failed('one')).then(() => expect(outbox.flush()).rejects.toThrow('nobody'));
    await outbox.close();
  });
});

describe('the wait after a try', () => {
  it('doubles up to a limit, a little different at every bench', () => {
    const waits = [1, 2, 3, 20].map((tries) => waitMs(defaultPatience, tries, new Error(), 1));
    expect(waits).toEqual([250, 500, 1000, 10_000]);
    expect(waitMs(defaultPatience, 1, new Error(), 0)).toBe(187.5);
  });

  it('is at least what the service asks for', () => {
    const error = new DomainError('key.too_fast', '', { retryAfterMs: 3000 });
    expect(waitMs(defaultPatience, 1, error, 0.5)).toBe(3000);
    expect(waitMs(defaultPatience, 20, error, 1)).toBe(10_000);
  });
});
