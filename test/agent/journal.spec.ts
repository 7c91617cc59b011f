import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Journal } from '../../src/agent/journal.js';
import type { ClaimedEntry, ResultEntry } from '../../src/agent/journal-entry.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'triplemint-journal-'));
  path = join(folder, 'journal.jsonl');
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const at = '2026-11-23T02:15:00.000Z';
const claimed = (claimId: string): ClaimedEntry => ({
  kind: 'claimed',
  at,
  claimId,
  slot: 1,
  deviceName: 'unit_000001',
  unit: { imei: '490154203237518' },
});
const failed = (claimId: string): ResultEntry => ({
  kind: 'result',
  at,
  requestId: `request of ${claimId}`,
  claimId,
  report: { kind: 'fail', reason: 'write_refused' },
});

async function written(work: (journal: Journal) => Promise<void>): Promise<void> {
  const journal = await Journal.open(folder);
  await work(journal);
  await journal.close();
}

async function found(): Promise<Journal['found']> {
  const journal = await Journal.open(folder);
  await journal.close();
  return journal.found;
}

describe('a journal', () => {
  it('tells the next agent which units have no result and which results wait, in order', async () => {
    await written(async (journal) => {
      for (const id of ['clm-1', 'clm-2', 'clm-3', 'clm-4']) await journal.append(claimed(id));
      for (const id of ['clm-3', 'clm-1', 'clm-2']) await journal.append(failed(id));
      await journal.settle(['request of clm-1']);
    });
    const expected = {
      unfinished: [claimed('clm-4')],
      waiting: [failed('clm-3'), failed('clm-2')],
    };
    expect(await found()).toEqual(expected);
    expect(await found()).toEqual(expected);
  });

  it('names a unit again that was claimed again', async () => {
    await written(async (journal) => {
      await journal.append(claimed('clm-1'));
      await journal.append(failed('clm-1'));
      await journal.settle(['request of clm-1']);
      await journal.append(claimed('clm-1'));
    });
    expect(await found()).toEqual({ unfinished: [claimed('clm-1')], waiting: [] });
  });

  it('leaves out a last line that the power cut in two, wherever', async () => {
    await written(async (journal) => {
      await journal.append(claimed('clm-1'));
      await journal.append(failed('clm-1'));
    });
    const whole = await readFile(path);
    const first = whole.indexOf(10) + 1;
    for (let size = first; size < whole.length; size += 17) {
      await writeFile(path, whole);
      await truncate(path, size);
      expect(await found()).toEqual({ unfinished: [claimed('clm-1')], waiting: [] });
    }
  });

  it('writes on after a line that was cut in two', async () => {
    await written((journal) => journal.append(claimed('clm-1')));
    await appendFile(path, '{"kind":"resu');
    await written((journal) => journal.append(failed('clm-1')));
    expect(await found()).toEqual({ unfinished: [], waiting: [failed('clm-1')] });
  });

  it('is refused with the number of a line that is damaged', async () => {
    await written((journal) => journal.append(claimed('clm-1')));
    await appendFile(path, '{"kind":"settled","requestId":7}\n{}\n');
    await expect(Journal.open(folder)).rejects.toMatchObject({
      code: 'agent.state_unusable',
      detail: `${path}: line 2 is damaged.`,
    });
  });

  it('keeps the lines of many slots whole', async () => {
    const ids = Array.from({ length: 64 }, (_, index) => `clm-${index + 1}`);
    await written(async (journal) => {
      await Promise.all(ids.map((id) => journal.append(claimed(id))));
    });
    await written((journal) => journal.append(...ids.map(failed)));
    expect(await found()).toEqual({ unfinished: [], waiting: ids.map(failed) });
  });
});
