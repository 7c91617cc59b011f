import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileOnce, createFolderOnce, replaceFile } from '../../src/platform/files.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'triplemint-files-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('createFileOnce', () => {
  it('ends in one file when many callers race, and all get its content', async () => {
    const path = join(folder, 'deep', 'file');
    const contents = await Promise.all(
      Array.from({ length: 30 }, (_, caller) =>
        createFileOnce(path, () => Buffer.from(`caller ${caller}`)),
      ),
    );
    expect(new Set(contents.map(String)).size).toBe(1);
    expect(await readFile(path, 'utf8')).toBe(String(contents[0]));
    expect(await readdir(join(folder, 'deep'))).toEqual(['file']);
  });

  it('gives a slow caller what a quick one put there meanwhile', async () => {
    const path = join(folder, 'file');
    const content = await createFileOnce(path, async () => {
      await createFileOnce(path, () => Buffer.from('quick'));
      return Buffer.from('slow');
    });
    expect(content.toString()).toBe('quick');
    expect(await readFile(path, 'utf8')).toBe('quick');
  });

  it('ends in one file when four processes race', async () => {
    const path = join(folder, 'file');
    const source = new URL('../../src/platform/files.ts', import.meta.url).href;
    const script = `
      import { createFileOnce } from ${JSON.stringify(source)};
      const content = () => Buffer.from(String(process.pid));
      process.stdout.write(await createFileOnce(${JSON.stringify(path)}, content));
    `;
    const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
    const starts = Array.from({ length: 4 }, () => promisify(execFile)(process.execPath, args));
    const outputs = (await Promise.all(starts)).map(({ stdout }) => stdout);
    expect(new Set(outputs)).toEqual(new Set([await readFile(path, 'utf8')]));
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('makes the file for its owner only, whatever the umask', async () => {
    const umask = process.umask(0o002);
    try {
      await createFileOnce(join(folder, 'mine'), () => Buffer.from('x'));
      await createFileOnce(join(folder, 'shared'), () => Buffer.from('x'), 0o666);
    } finally {
      process.umask(umask);
    }
    expect((await stat(join(folder, 'mine'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'shared'))).mode & 0o777).toBe(0o666);
  });

  it('does not make content that is not needed', async () => {
    await writeFile(join(folder, 'file'), 'there');
    const content = await createFileOnce(join(folder, 'file'), () => {
      throw new Error('asked for content');
    });
    expect(content.toString()).toBe('there');
  });

  it('leaves nothing behind when the file cannot be put in its place', async () => {
    await mkdir(join(folder, 'taken'));
    await expect(createFileOnce(join(folder, 'taken'), () => Buffer.from('x'))).rejects.toThrow();
    await expect(replaceFile(join(folder, 'taken'), Buffer.from('x'))).rejects.toThrow();
    expect(await readdir(folder)).toEqual(['taken']);
  });
});

describe('replaceFile', () => {
  it('shows readers the old or the new content, never half of it', async () => {
    const path = join(folder, 'file');
    const contents = ['a', 'b'].map((letter) => letter.repeat(200_000));
    await replaceFile(path, Buffer.from(contents[0] ?? ''));
    const replacing = (async () => {
      for (let round = 0; round < 20; round++) {
        await replaceFile(path, Buffer.from(contents[round % 2] ?? ''));
      }
      return true;
    })();
    const seen = new Set<string>();
    do seen.add(await readFile(path, 'utf8'));
    while (!(await Promise.race([replacing, new Promise<false>((go) => setImmediate(go, false))])));
    expect([...seen].every((content) => contents.includes(content))).toBe(true);
    expect(await readdir(folder)).toEqual(['file']);
  });
});

describe('createFolderOnce', () => {
  const fillWith = (text: string) => async (temporary: string) => {
    await writeFile(join(temporary, 'one'), text);
    await writeFile(join(temporary, 'two'), text);
  };

  it('ends in one whole folder when many callers race', async () => {
    const path = join(folder, 'tls');
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, caller) => createFolderOnce(path, fillWith(`${caller}`))),
    );
    expect(made.filter(Boolean)).toHaveLength(1);
    expect(await readdir(path)).toEqual(['one', 'two']);
    expect(await readFile(join(path, 'one'), 'utf8')).toBe(`${made.indexOf(true)}`);
    expect(await readFile(join(path, 'two'), 'utf8')).toBe(`${made.indexOf(true)}`);
    expect(await readdir(folder)).toEqual(['tls']);
  });

  it('fills a folder that is there but empty, as a mounted one may be', async () => {
    await mkdir(join(folder, 'tls'));
    expect(await createFolderOnce(join(folder, 'tls'), fillWith('x'))).toBe(true);
    expect(await readdir(join(folder, 'tls'))).toEqual(['one', 'two']);
  });

  it('leaves nothing behind when filling fails', async () => {
    const failing = createFolderOnce(join(folder, 'tls'), async (temporary) => {
      await writeFile(join(temporary, 'half'), 'x');
      throw new Error('disk full');
    });
    await expect(failing).rejects.toThrow('disk full');
    expect(await readdir(folder)).toEqual([]);
  });
});
