import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from '../support/command.js';
import type { Ended } from '../support/command.js';
import { exportTriples, makeProduct } from '../support/orders.js';
import { adminKey, startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

let service: TestService;
let productKey: string;
let folder: string;
let file: string;
beforeAll(async () => {
  service = await startTestService();
  await writeFile(join(service.dataDir, 'admin.key'), `${adminKey}\n`, { mode: 0o600 });
  productKey = (await makeProduct(service)).productKey;
});
afterAll(async () => {
  await service.stop();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'triplemint-lists-'));
  file = join(folder, 'devices.csv');
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function run(...args: readonly string[]): Promise<Ended> {
  return await runCommand(args, { DATA_DIR: service.dataDir });
}

describe('triplemint order upload', () => {
  it('places an order for the names of a file and waits until it is minted', async () => {
    await writeFile(file, '\ufeffDeviceName;Nickname\r\nlist-0001;a\r\nlist-0002;b\r\n');
    const terms = ['--quota', '1', '--note', 'lot 7', '--provisioning', 'product-secret'];
    const ended = await run('order', 'upload', productKey, file, '--watch', ...terms);
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
    const [, orderId = ''] = /^(ord-\d+)\nord-\d+: open, 2 minted\n$/.exec(ended.stdout) ?? [];
    const { body } = await service.call('GET', `/api/v1/orders/${orderId}`);
    expect(body).toMatchObject({ quota: 1, note: 'lot 7', provisioning: 'product-secret' });
    expect([...(await exportTriples(service, orderId)).keys()]).toEqual(['list-0001', 'list-0002']);
  });

  it('writes what is wrong with rows into a file, and ends with 1', async () => {
    await writeFile(file, `deviceName\nfine-0001\nbad name\n${'fine-0001\n'.repeat(3_000)}`);
    const errors = join(folder, 'errors.csv');
    const ended = await run('order', 'upload', productKey, file, '--errors', errors);
    expect(ended).toMatchObject({ exitCode: 1, stdout: '' });
    expect(ended.stderr).toMatch(
      /errors\.csv: .+\ntriplemint: order\.rows_refused: ord-\d+ .+\n {2}.+\n$/,
    );
    const lines = (await readFile(errors, 'utf8')).trimEnd().split('\n');
    expect(lines).toHaveLength(1 + 1 + 3_000);
    expect(lines[1]).toContain('3,deviceName,bad name,row.name_invalid,');
    expect((await readdir(folder)).sort()).toEqual(['devices.csv', 'errors.csv']);
  });

  it('tells a file that cannot be read', async () => {
    const ended = await run('order', 'upload', productKey, join(folder, 'nothing.csv'));
    expect(ended).toMatchObject({ exitCode: 1, stdout: '' });
    expect(ended.stderr).toMatch(/^triplemint: file\.unreadable: .+\n {2}.+\n$/);
  });

  it('tells a directory for what it is', async () => {
    const ended = await run('order', 'upload', productKey, folder);
    expect(ended).toMatchObject({ exitCode: 1, stdout: '' });
    expect(ended.stderr).toContain(`file.unreadable: ${folder} is a directory.\n`);
  });

  it('sends no list whose errors would have no place to go', async () => {
    await writeFile(file, 'deviceName\nbad name\n');
    const ended = await run('order', 'upload', productKey, file, '--errors', file);
    expect(ended.stderr).toMatch(/^triplemint: file\.exists: .+\n {2}.+\n$/);
  });

  it('says where a file with secrets belongs', async () => {
    await writeFile(file, 'deviceName,deviceSecret\nown-0009,0123456789abcdef\n');
    const { stderr } = await run('order', 'upload', productKey, file);
    expect(stderr).toMatch(/^triplemint: csv\.secrets_given: .+\n {2}.+triplemint import .+\n$/);
  });
});

describe('triplemint import', () => {
  it('takes in triples with their secrets', async () => {
    const secret = '0123456789abcdefABCDEF0123456789';
    await writeFile(file, `productKey,deviceName,deviceSecret\n${productKey},own-0001,${secret}\n`);
    const ended = await run('import', productKey, file, '--watch');
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
    const [, orderId = ''] = /^(ord-\d+)\n/.exec(ended.stdout) ?? [];
    expect(await exportTriples(service, orderId)).toEqual(new Map([['own-0001', secret]]));
  });

  it('tells what is wrong with a file as a whole', async () => {
    for (const bytes of [
      Buffer.from('PK\x03\x04', 'latin1'),
      Buffer.from('deviceName\nzb-0001\n', 'utf16le'),
      // 名 in GBK.
      Buffer.from('deviceName\n\xc3\xfb\n', 'latin1'),
    ]) {
      await writeFile(file, bytes);
      const ended = await run('import', productKey, file);
      expect(ended).toMatchObject({ exitCode: 1, stdout: '' });
      expect(ended.stderr).toMatch(
        /^triplemint: csv\.not_text: The file is no UTF-8 text\n {2}Save the sheet as "CSV UTF-8".+\n$/,
      );
    }
  });
});
