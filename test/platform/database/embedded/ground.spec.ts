import { chmod, cp, mkdir, mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  parsePidFile,
  readLastPort,
  removeStalePidFile,
} from '../../../../src/platform/database/embedded/pid-file.js';
import { hydrateLinks } from '../../../../src/platform/database/embedded/runtime.js';
import { canReach, findUser } from '../../../../src/platform/database/embedded/runtime-user.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'triplemint-ground-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('the pid file', () => {
  const text = '4711\n/data/postgres\n1763800000\n20123\n\n127.0.0.1\n 1 2\nready   \n';

  it('gives pid and port', () => {
    expect(parsePidFile(text)).toEqual({ pid: 4711, port: 20123 });
  });

  it('gives no port while PostgreSQL is still writing it', () => {
    expect(parsePidFile('')).toBeUndefined();
    expect(parsePidFile('4711\n/data/postgres\n')).toEqual({ pid: 4711, port: undefined });
    expect(parsePidFile('4711\n/data/postgres\n1763800000\n201')).toEqual({
      pid: 4711,
      port: undefined,
    });
  });

  it('is taken away when it names the stale process', async () => {
    await writeFile(join(folder, 'postmaster.pid'), text);
    await removeStalePidFile(folder, 4711);
    await expect(readFile(join(folder, 'postmaster.pid'))).rejects.toThrow('ENOENT');
    await removeStalePidFile(folder, 4711); // somebody else has done it: nothing to do
  });

  it('stays when another start has put its own there meanwhile', async () => {
    await writeFile(join(folder, 'postmaster.pid'), text);
    await removeStalePidFile(folder, 815);
    expect(await readFile(join(folder, 'postmaster.pid'), 'utf8')).toBe(text);
  });

  it('is joined by the port of the last start', async () => {
    expect(await readLastPort(folder)).toBeUndefined();
    const options = '/x/postgres "-D" "/d" "-c" "superport=1" "-c" "port=20123"\n';
    await writeFile(join(folder, 'postmaster.opts'), options);
    expect(await readLastPort(folder)).toBe(20123);
  });
});

describe('the account of PostgreSQL', () => {
  it('is found by its whole name and is never root', () => {
    const accounts =
      'root:x:0:0::/root:/bin/sh\npostgresql:x:5:6::/:\npostgres:x:26:27::/:\ntoor:x:0:0::/:\n';
    expect(findUser(accounts, 'postgres')).toEqual({ uid: 26, gid: 27 });
    expect(findUser(accounts, 'toor')).toBeUndefined();
    expect(findUser(accounts, 'nobody')).toBeUndefined();
  });

  it('cannot reach below a closed folder, and reads modes of owner, group and others', async () => {
    const stranger = { uid: 65_111, gid: 65_111 };
    const inner = join(folder, 'inner');
    await mkdir(inner, { mode: 0o755 });
    await chmod(folder, 0o711);
    expect(await canReach(inner, stranger)).toBe(true);
    await chmod(folder, 0o700);
    expect(await canReach(inner, stranger)).toBe(false);
    await chmod(folder, 0o711);
    await chmod(inner, 0o711);
    expect(await canReach(inner, stranger)).toBe(false);
    expect(await canReach(inner, stranger, 0o1)).toBe(true);
    expect(await canReach(inner, undefined)).toBe(true);
    expect(await canReach(join(inner, 'missing'), stranger)).toBe(false);
  });
});

describe('the library links', () => {
  it('are made where an install without scripts left them out, by several at once', async () => {
    const native = join(folder, 'native');
    await mkdir(join(native, 'lib'), { recursive: true });
    await writeFile(join(native, 'lib', 'libx.so.5.18'), '');
    const links = ['libx.so', 'libx.so.5'].map((name) => ({
      source: 'native/lib/libx.so.5.18',
      target: `native/lib/${name}`,
    }));
    await writeFile(join(native, 'pg-symlinks.json'), JSON.stringify(links));
    const results = await Promise.all(Array.from({ length: 4 }, () => hydrateLinks(native)));
    expect(results).toEqual([true, true, true, true]);
    expect(await readlink(join(native, 'lib', 'libx.so'))).toBe('libx.so.5.18');
    expect(await readlink(join(native, 'lib', 'libx.so.5'))).toBe('libx.so.5.18');
    const copy = join(folder, 'copy');
    await cp(native, copy, { recursive: true, verbatimSymlinks: true });
    expect(await hydrateLinks(native)).toBe(true);
  });
});
