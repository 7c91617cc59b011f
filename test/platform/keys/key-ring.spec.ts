import {
  chmod,
  lstat,
  mkdtemp,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/core/secret.js';
import { FileKeyProvider } from '../../../src/platform/keys/file-key-provider.js';
import { openKeyRing } from '../../../src/platform/keys/open-key-ring.js';
import type { KeyRing } from '../../../src/platform/keys/key-ring.js';
import { kidOf } from '../../../src/platform/keys/seal.js';

const now = new Date('2026-11-22T08:00:00Z');
const aad = 'order-key/7';
let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'triplemint-keys-'));
  path = join(folder, 'master.key');
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function openNew(): Promise<KeyRing> {
  return (await openKeyRing({ path, known: [], now })).ring;
}

/** Another key seals from now on; answers its kid. */
async function rotate(ring: KeyRing): Promise<string> {
  const kid = await ring.announceKey(now);
  await ring.useKey(kid);
  return kid;
}

async function keyTexts(): Promise<string[]> {
  const parsed = JSON.parse(await readFile(path, 'utf8')) as { keys: { key: string }[] };
  return parsed.keys.map(({ key }) => key);
}

describe('a sealed value', () => {
  it('opens to what was sealed, and carries the kid but not the text', async () => {
    const ring = await openNew();
    const sealed = ring.seal(new Secret('productSecret123'), aad);
    expect(kidOf(sealed)).toBe(ring.currentKid);
    expect(sealed.includes('productSecret')).toBe(false);
    expect((await ring.openSecret(sealed, aad)).expose()).toBe('productSecret123');
    const bytes = Buffer.from([0, 1, 2, 255]);
    expect(await ring.open(ring.seal(bytes, aad), aad)).toEqual(bytes);
  });

  it('differs each time the same text is sealed', async () => {
    const ring = await openNew();
    const sealed = Array.from({ length: 50 }, () => ring.seal(Buffer.from('same'), aad));
    expect(new Set(sealed.map((value) => value.toString('hex'))).size).toBe(50);
  });

  it('does not open for another record', async () => {
    const ring = await openNew();
    const sealed = ring.seal(Buffer.from('x'), aad);
    await expect(ring.open(sealed, 'order-key/8')).rejects.toMatchObject({
      code: 'keys.seal_broken',
    });
  });

  it('does not open when any one bit of it was changed, or when it was cut', async () => {
    const ring = await openNew();
    const sealed = ring.seal(Buffer.from('secret'), aad);
    for (let index = 0; index < sealed.length; index++) {
      const changed = Buffer.from(sealed);
      changed[index] = (changed[index] ?? 0) ^ 1;
      await expect(ring.open(changed, aad), `byte ${index}`).rejects.toMatchObject({
        code: expect.stringMatching(/^keys\.(seal_broken|ring_lacks_kid)$/) as string,
      });
      await expect(ring.open(sealed.subarray(0, index), aad)).rejects.toMatchObject({
        code: 'keys.seal_broken',
      });
    }
  });

  it('cannot be moved to another key by changing its kid', async () => {
    const ring = await openNew();
    const sealed = ring.seal(Buffer.from('secret'), aad);
    const kid = await rotate(ring);
    const moved = Buffer.from(sealed);
    moved.write(kid, 2, 'latin1');
    expect(kidOf(moved)).toBe(kid);
    await expect(ring.open(moved, aad)).rejects.toMatchObject({ code: 'keys.seal_broken' });
  });
});

describe('a key ring', () => {
  it('reads its file again when a value carries a kid that another process added', async () => {
    const ring = await openNew();
    const other = await openNew();
    const old = other.seal(Buffer.from('old'), aad);
    await rotate(other);
    const sealed = other.seal(Buffer.from('new'), aad);
    expect(ring.kids).not.toContain(kidOf(sealed));
    expect((await ring.open(sealed, aad)).toString()).toBe('new');
    expect(ring.currentKid).toBe(other.currentKid);
    expect((await ring.open(old, aad)).toString()).toBe('old');
  });

  it('says which key is missing when its file does not have it either', async () => {
    const ring = await openNew();
    const elsewhere = join(folder, 'other.key');
    const { ring: stranger } = await openKeyRing({ path: elsewhere, known: [], now });
    const sealed = stranger.seal(Buffer.from('x'), aad);
    await expect(ring.open(sealed, aad)).rejects.toMatchObject({
      code: 'keys.ring_lacks_kid',
      data: { kid: stranger.currentKid },
    });
  });

  it('rotates: announce, use, re-wrap until none is left, forget', async () => {
    const ring = await openNew();
    const oldKid = ring.currentKid;
    const sealed = ring.seal(Buffer.from('x'), aad);
    expect(await ring.rewrap(sealed, aad)).toBeUndefined();
    const newKid = await rotate(ring);
    await expect(ring.retireKey(newKid, now)).rejects.toMatchObject({ code: 'keys.still_seals' });
    await expect(ring.forgetKey(newKid)).rejects.toMatchObject({ code: 'keys.still_seals' });
    const rewrapped = await ring.rewrap(sealed, aad);
    if (!rewrapped) throw new Error('nothing was wrapped again');
    await ring.forgetKey(oldKid);
    expect(ring.kids).toEqual([newKid]);
    expect((await (await openNew()).open(rewrapped, aad)).toString()).toBe('x');
    await expect(ring.open(sealed, aad)).rejects.toMatchObject({ code: 'keys.ring_lacks_kid' });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('seals with the old key until an announced one is used, and opens with a retired one', async () => {
    const ring = await openNew();
    const oldKid = ring.currentKid;
    const sealed = ring.seal(Buffer.from('x'), aad);
    const kid = await ring.announceKey(now);
    expect(ring.currentKid).toBe(oldKid);
    await ring.useKey(kid);
    await ring.retireKey(oldKid, now);
    const again = await openNew();
    expect(again.currentKid).toBe(kid);
    expect(again.keys.map(({ retiredAt }) => retiredAt)).toEqual([now, undefined]);
    expect((await again.open(sealed, aad)).toString()).toBe('x');
  });

  it('keeps the mode of its file, and the place a link points to', async () => {
    const ring = await openNew();
    const place = join(folder, 'elsewhere.key');
    await rename(path, place);
    await symlink(place, path);
    await chmod(place, 0o640);
    const kid = await rotate(ring);
    expect((await lstat(path)).isSymbolicLink()).toBe(true);
    expect((await stat(place)).mode & 0o777).toBe(0o640);
    expect((await openNew()).currentKid).toBe(kid);
  });

  it('goes on opening values while its file is away', async () => {
    const ring = await openNew();
    const sealed = ring.seal(Buffer.from('x'), aad);
    await rm(path);
    await ring.reload();
    expect((await ring.open(sealed, aad)).toString()).toBe('x');
  });

  it('gives a check value that differs by key and by kid and reveals no key', async () => {
    const ring = await openNew();
    const first = ring.checkValue(ring.currentKid);
    expect(first).toHaveLength(16);
    expect((await openNew()).checkValue(ring.currentKid)).toEqual(first);
    const kid = await rotate(ring);
    expect(ring.checkValue(kid)).not.toEqual(first);
    expect(() => ring.checkValue('none')).toThrow(/lacks key none/);
    for (const text of await keyTexts()) {
      expect(Buffer.from(text, 'base64').includes(first)).toBe(false);
    }
  });

  it('shows no key when it is printed', async () => {
    const ring = await openNew();
    const printed = inspect(ring, { depth: 9, showHidden: true }) + JSON.stringify({ ring });
    const [text = ''] = await keyTexts();
    expect(text).toHaveLength(44);
    expect(printed).toContain(ring.currentKid);
    expect(printed).not.toContain(text);
    expect(printed).not.toContain(Buffer.from(text, 'base64').toString('hex').slice(0, 8));
  });
});

describe('the key file', () => {
  it.each([
    ['not JSON', '{"keys": [SEKRET'],
    ['another form', '{"keys":"SEKRET"}'],
    [
      'a short key',
      '{"keys":[{"kid":"a","key":"U0VLUkVU","createdAt":"2026-01-01T00:00:00Z"}],"current":"a"}',
    ],
    [
      'no current key',
      `{"keys":[{"kid":"a","key":"${Buffer.alloc(32).toString('base64')}","createdAt":"2026-01-01T00:00:00Z"}],"current":"b"}`,
    ],
    ['nothing', ''],
  ])('is refused without showing its content when it holds %s', async (_, content) => {
    await writeFile(path, content, { mode: 0o600 });
    const error: unknown = await openKeyRing({ path, known: [], now }).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'keys.file_malformed' });
    expect(inspect(error)).toContain(path);
    expect(inspect(error)).not.toMatch(/SEKRET|U0VLUkVU/);
    expect(await readFile(path, 'utf8')).toBe(content);
  });

  it('is named in one line when it cannot be read', async () => {
    await expect(new FileKeyProvider(folder).load()).rejects.toMatchObject({
      code: 'keys.file_unreadable',
      detail: `The master key file ${folder} cannot be read.`,
    });
  });

  it('is warned about when others may read it', async () => {
    expect((await openKeyRing({ path, known: [], now })).warnings).toEqual([]);
    await chmod(path, 0o640);
    const { warnings } = await openKeyRing({ path, known: [], now });
    expect(warnings).toEqual([expect.stringContaining(`chmod 600 ${path}`)]);
  });
});
