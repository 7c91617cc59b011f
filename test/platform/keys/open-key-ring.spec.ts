import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DomainError } from '../../../src/core/errors.js';
import { openKeyRing } from '../../../src/platform/keys/open-key-ring.js';
import type { KeyRing } from '../../../src/platform/keys/key-ring.js';
import type { KnownKid } from '../../../src/platform/keys/verify-ring.js';

const now = new Date('2026-11-22T08:00:00Z');
let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'triplemint-ring-'));
  path = join(folder, 'master.key');
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function knownBy(ring: KeyRing): KnownKid[] {
  return ring.kids.map((kid) => ({ kid, checkValue: ring.checkValue(kid) }));
}

async function refusal(known: readonly KnownKid[]): Promise<DomainError> {
  const error: unknown = await openKeyRing({ path, known, now }).catch((e: unknown) => e);
  if (error instanceof DomainError) return error;
  throw new Error('the ring was opened');
}

describe('openKeyRing', () => {
  it('makes the file on the first start, says so once, and gives the kid to remember', async () => {
    const first = await openKeyRing({ path, known: [], now });
    expect(first.isNew).toBe(true);
    expect(first.unknownKids).toEqual(first.ring.kids);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const second = await openKeyRing({ path, known: knownBy(first.ring), now });
    expect(second.isNew).toBe(false);
    expect(second.unknownKids).toEqual([]);
    expect(second.ring.kids).toEqual(first.ring.kids);
  });

  it('ends in one key file when four processes start at once, and one of them made it', async () => {
    const source = new URL('../../../src/platform/keys/open-key-ring.ts', import.meta.url).href;
    const script = `
      import 'reflect-metadata';
      import { openKeyRing } from ${JSON.stringify(source)};
      const path = ${JSON.stringify(path)};
      const { ring, isNew } = await openKeyRing({ path, known: [], now: new Date() });
      process.stdout.write(JSON.stringify({ kid: ring.currentKid, isNew }));
    `;
    const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
    const starts = Array.from({ length: 4 }, () => promisify(execFile)(process.execPath, args));
    const outputs = (await Promise.all(starts)).map(
      ({ stdout }) => JSON.parse(stdout) as { kid: string; isNew: boolean },
    );
    const { ring } = await openKeyRing({ path, known: [], now });
    expect(new Set(outputs.map(({ kid }) => kid))).toEqual(new Set(ring.kids));
    expect(outputs.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(await readdir(folder)).toEqual(['master.key']);
  });

  it('ends in one key file when many starts overlap, and one of them made it', async () => {
    const opened = await Promise.all(
      Array.from({ length: 8 }, () => openKeyRing({ path, known: [], now })),
    );
    expect(new Set(opened.map(({ ring }) => ring.currentKid)).size).toBe(1);
    expect(opened.filter(({ isNew }) => isNew)).toHaveLength(1);
  });

  it('refuses to make a second key when the file was lost, in one line that says what to do', async () => {
    const { ring } = await openKeyRing({ path, known: [], now });
    const known = knownBy(ring);
    await rm(path);
    const error = await refusal(known);
    expect(error.code).toBe('keys.ring_lacks_kid');
    expect(error.detail).toContain(ring.currentKid);
    expect(error.detail).toContain(path);
    expect(error.detail).not.toContain('\n');
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses the key file of another database', async () => {
    const { ring } = await openKeyRing({ path, known: [], now });
    await rm(path);
    await openKeyRing({ path, known: [], now });
    expect((await refusal(knownBy(ring))).code).toBe('keys.ring_lacks_kid');
  });

  it('refuses a key that bears a known kid and is another key', async () => {
    const { ring } = await openKeyRing({ path, known: [], now });
    const known = [{ kid: ring.currentKid, checkValue: Buffer.alloc(16, 7) }];
    expect((await refusal(known)).code).toBe('keys.ring_does_not_match');
  });

  it('gives the kids to remember after a rotation that the database did not see', async () => {
    const { ring } = await openKeyRing({ path, known: [], now });
    const known = knownBy(ring);
    const kid = await ring.announceKey(now);
    expect((await openKeyRing({ path, known, now })).unknownKids).toEqual([kid]);
  });
});
