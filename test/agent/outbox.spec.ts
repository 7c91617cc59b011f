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
  await journal.close();
  await rm(folder, { recursive: true });
});

const result = (id: string): ResultEntry => ({
  kind: 'result',
  at: '2026-11-23T02:15:00.000Z',
  requestId: id,
  claimId: id,
  report: { kind: 'fail', reason: 'write_refused' },
});

interface Tried {
  readonly outbox: Outbox;
  readonly sent: readonly string[];
  readonly refused: readonly string[];
}

/** An outbox whose service answers with these errors first, then takes everything. */
function outboxWith(...errors: readonly Error[]): Tried {
  const sent: string[] = [];
  const refused: string[] = [];
  const left = [...errors];
  const outbox = new Outbox({
    journal,
    patience: { ...defaultPatience, firstMs: 1, mostMs: 1 },
    send: ({ requestId }) => {
      sent.push(requestId);
      const error = left.shift();
      return error ? Promise.reject(error) : Promise.resolve();
    },
    onState: () => undefined,
    onRefused: ({ requestId }) => refused.push(requestId),
  });
  return { outbox, sent, refused };
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
    for (const id of ['one', 'two']) await outbox.add(result(id));
    expect(await outbox.drained(long)).toBe(true);
    expect(sent).toEqual(['one', 'one', 'one', 'one', 'two']);
    expect(refused).toEqual([]);
    await outbox.close();
  });

  it('ends a result that the service refuses for the sake of its claim, and tells who asks', async () => {
    const { outbox, sent, refused } = outboxWith(new DomainError('claim.void', ''));
    await outbox.add(result('one'));
    await expect(outbox.answered('one', long)).rejects.toMatchObject({ code: 'claim.void' });
    await outbox.add(result('two'));
    expect(await outbox.answered('two', long)).toBe(true);
    expect({ sent, refused }).toEqual({ sent: ['one', 'two'], refused: ['one'] });
    await outbox.close();
  });

  it('has a result on the disk before it is sent', async () => {
    const { outbox } = outboxWith();
    const adding = outbox.add(result('one'));
    await journal.close();
    await adding.catch(() => undefined);
    await outbox.close();
    journal = await Journal.open(folder);
    expect(journal.found.waiting).toEqual([result('one')]);
  });

  it('tells why it cannot send when it has to', async () => {
    const { outbox } = outboxWith(new DomainError('remote.unreachable', 'nobody'));
    await outbox.add(result('one')).then(() => expect(outbox.flush()).rejects.toThrow('nobody'));
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
