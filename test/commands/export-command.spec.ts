import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Decrypter, generateIdentity, identityToRecipient } from 'age-encryption';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cellsOfCsv, fetchFile, partsOfWorkbook } from '../orders/exported.js';
import { runCommand, startCommand } from '../support/command.js';
import type { Ended } from '../support/command.js';
import { makeOrder, makeProduct } from '../support/orders.js';
import { adminKey, startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

const quantity = 3_000;

let service: TestService;
let productKey: string;
let orderId: string;
let plain: Uint8Array;
let folder: string;
beforeAll(async () => {
  service = await startTestService();
  await writeFile(join(service.dataDir, 'admin.key'), `${adminKey}\n`, { mode: 0o600 });
  productKey = (await makeProduct(service)).productKey;
  orderId = (await makeOrder(service, productKey, { quantity })).orderId;
  plain = (await fetchFile(service, orderId)).bytes;
});
afterAll(async () => {
  await service.stop();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'triplemint-files-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function exporting(...flags: readonly string[]): Promise<Ended> {
  return await runCommand(['export', ...flags], { DATA_DIR: service.dataDir });
}

function expectRefusal(ended: Ended, code: string, exitCode = 1): void {
  expect(ended).toMatchObject({ exitCode, stdout: '' });
  expect(ended.stderr).toMatch(new RegExp(`^triplemint: ${code}: .+\\n  [A-Z].+\\n$`));
  expect(ended.stderr).not.toContain(adminKey);
}

describe('triplemint export', () => {
  it('writes the file as the service gives it, for its owner alone', async () => {
    const path = join(folder, 'triples.csv');
    const ended = await exporting(orderId, '-o', path);
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
    expect(ended.stdout).toMatch(/^.+triples\.csv: 3,000 triples, 0\.2 MB in [\d.]+ s\n$/);
    expect(await readFile(path)).toEqual(Buffer.from(plain));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['triples.csv']);
  });

  it('encrypts it to a recipient', async () => {
    const identity = await generateIdentity();
    const path = join(folder, 'triples.age');
    const recipient = await identityToRecipient(identity);
    const { exitCode } = await exporting(orderId, '--recipient', recipient, '-o', path);
    expect(exitCode).toBe(0);
    const decrypter = new Decrypter();
    decrypter.addIdentity(identity);
    const opened = await decrypter.decrypt(new Uint8Array(await readFile(path)));
    expect(cellsOfCsv(opened)).toEqual(cellsOfCsv(plain));
  });

  it('writes the other formats', async () => {
    const [jsonl, xlsx] = [join(folder, 'a.jsonl'), join(folder, 'a.xlsx')];
    expect((await exporting(orderId, '--format', 'jsonl', '-o', jsonl)).exitCode).toBe(0);
    expect((await readFile(jsonl, 'utf8')).split('\n')).toHaveLength(quantity + 1);
    expect((await exporting(orderId, '--format', 'xlsx', '-o', xlsx)).exitCode).toBe(0);
    const parts = await partsOfWorkbook(new Uint8Array(await readFile(xlsx)));
    expect(parts.has('xl/workbook.xml')).toBe(true);
  });

  it('writes cells for a spreadsheet', async () => {
    const { orderId: other } = await makeOrder(service, productKey, { quantity: 2, prefix: '-x' });
    const path = join(folder, 'a.csv');
    const { exitCode } = await exporting(other, '--cells', 'spreadsheet', '-o', path);
    expect(exitCode).toBe(0);
    const text = await readFile(path, 'utf8');
    expect(text.startsWith('\uFEFFproductKey,')).toBe(true);
    expect(text).toContain(`\n${productKey},'-x000001,`);
  });

  it('replaces a file only when it is told to', async () => {
    const path = join(folder, 'triples.csv');
    await writeFile(path, 'dear');
    const refused = await exporting(orderId, '-o', path);
    expectRefusal(refused, 'file.exists');
    expect(refused.stderr).toContain('--force');
    expect(await readFile(path, 'utf8')).toBe('dear');
    expect((await exporting(orderId, '-o', path, '--force')).exitCode).toBe(0);
    expect(await readFile(path)).toEqual(Buffer.from(plain));
  });

  it('leaves nothing behind and the old file as it was when it breaks off', async () => {
    const path = join(folder, 'triples.csv');
    await writeFile(path, 'dear');
    const setGeneration = 'UPDATE device SET generation = $1 WHERE name = $2';
    const { dataSource } = service.database;
    await dataSource.query(setGeneration, [-1, 'unit_002500']);
    try {
      expectRefusal(await exporting(orderId, '-o', path, '--force'), 'export.broken_off');
    } finally {
      await dataSource.query(setGeneration, [0, 'unit_002500']);
    }
    expect(await readFile(path, 'utf8')).toBe('dear');
    expect(await readdir(folder)).toEqual(['triples.csv']);
  });

  it('leaves nothing behind when it is interrupted', async () => {
    const holder = new Client({ connectionString: service.database.url.expose() });
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('LOCK TABLE device IN ACCESS EXCLUSIVE MODE');
    try {
      const flags = ['export', orderId, '-o', join(folder, 'triples.csv')];
      const { child, ended } = startCommand(flags, { DATA_DIR: service.dataDir });
      // The header of the file is there, its rows are not.
      await expect.poll(sizeOfPart, { timeout: 15_000 }).toBeGreaterThan(0);
      child.kill('SIGINT');
      expectRefusal(await ended, 'export.broken_off');
      expect(await readdir(folder)).toEqual([]);
    } finally {
      await holder.end();
    }
  });

  async function sizeOfPart(): Promise<number> {
    const [name = '.'] = await readdir(folder);
    return name === '.' ? 0 : (await stat(join(folder, name))).size;
  }

  it.each([
    ['an order that is not there', ['ord-999'], 'order.not_found'],
    ['a recipient that is none', ['--recipient', 'age1nobody'], 'export.recipient_invalid'],
    ['a folder that is not there', ['-o', '/nowhere/at/all.csv'], 'file.unwritable'],
  ])('tells of %s in one line, and what to do in the next', async (_, flags, code) => {
    const order = flags.some((flag) => flag.startsWith('ord-')) ? [] : [orderId];
    const output = flags.includes('-o') ? [] : ['-o', join(folder, 'triples.csv')];
    expectRefusal(await exporting(...order, ...output, ...flags), code);
    expect(await readdir(folder)).toEqual([]);
  });
});
