import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from '../../src/commands/api-client.js';
import { runCommand, startCommand } from '../support/command.js';
import type { Ended } from '../support/command.js';
import { makeProduct } from '../support/orders.js';
import type { ShownOrder } from '../support/orders.js';
import { adminKey, startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

let service: TestService;
let elsewhere: string;
let keyFile: string;
beforeAll(async () => {
  service = await startTestService();
  elsewhere = await mkdtemp(join(tmpdir(), 'triplemint-elsewhere-'));
  keyFile = join(elsewhere, 'key');
  await writeFile(keyFile, `${adminKey}\n`, { mode: 0o600 });
});
afterAll(async () => {
  await service.stop();
  await rm(elsewhere, { recursive: true });
});

async function here(...args: readonly string[]): Promise<Ended> {
  return await runCommand([...args, '--key-file', keyFile], { DATA_DIR: service.dataDir });
}

async function fromAfar(...args: readonly string[]): Promise<Ended> {
  return await runCommand(args, { DATA_DIR: elsewhere });
}

function expectRefusal(ended: Ended, code: string, exitCode: number): void {
  expect(ended).toMatchObject({ exitCode, stdout: '' });
  expect(ended.stderr).toMatch(new RegExp(`^triplemint: ${code}: .+\\n  [A-Z].+\\n$`));
}

describe('triplemint order', () => {
  it('places an order, watches it mint, shows it and lists it', async () => {
    const { productKey } = await makeProduct(service);
    const names = ['--quantity', '120', '--prefix', 'cli_', '--start', '7'];
    const more = ['--quota', '100', '--note', 'by hand', '--watch'];
    const placed = await here('order', 'place', productKey, ...names, ...more);
    expect(placed).toMatchObject({ exitCode: 0, stderr: '' });
    const [orderId = '', watched] = placed.stdout.trimEnd().split('\n');
    expect(watched).toBe(`${orderId}: open, 120 minted`);

    const shown = await here('order', 'show', orderId);
    expect(JSON.parse(shown.stdout) as ShownOrder).toMatchObject({
      orderId,
      minted: 120,
      quota: 100,
      note: 'by hand',
      naming: { kind: 'sequence', prefix: 'cli_', start: 7, width: 3 },
    });
    const { stdout } = await here('order', 'list');
    const [header, ...lines] = stdout.trimEnd().split('\n');
    const cellsOf = (line: string): string[] => line.split(/ {2,}/);
    expect(header && cellsOf(header)).toEqual([
      ...['order', 'product', 'kind', 'state', 'names'],
      ...['quantity', 'quota', 'minted', 'remaining', 'note'],
    ]);
    expect(lines.map(cellsOf)).toContainEqual([
      ...[orderId, productKey, 'mint', 'open', 'cli_007…', '120', '100', '120', '100', 'by hand'],
    ]);
    for (const line of lines) expect(line.indexOf(' mint ')).toBe(header?.indexOf(' kind '));
  });

  it('tells what the service refused', async () => {
    const refused = await here('order', 'place', 'nobody', '--quantity', '1', '--prefix', 'abc_');
    expectRefusal(refused, 'product.not_found', 1);
  });

  it('says what to do about an order that was refused', async () => {
    const { productKey } = await makeProduct(service);
    const [list, errors] = [join(elsewhere, 'list.csv'), join(elsewhere, 'errors.csv')];
    await writeFile(list, 'deviceName\nbad name\n');
    const { stderr } = await here('order', 'upload', productKey, list, '--errors', errors);
    const orderId = /ord-\d+/.exec(stderr)?.[0] ?? '';
    const watched = await here('order', 'watch', orderId);
    expect(watched.exitCode).toBe(1);
    expect(watched.stdout).toContain(`${orderId}: refused, 0 minted {"code":"order.rows_refused"`);
    expect(watched.stderr).toMatch(/^ {2}Read what is wrong .+\n$/);
    const output = join(elsewhere, 'no.csv');
    expectRefusal(await here('export', orderId, '-o', output), 'order.refused', 1);
  });

  it.each([
    ['an order that is none', ['show', '17']],
    ['a quantity that is none', ['place', 'a1', '--prefix', 'x', '--quantity=-1']],
    ['no quantity', ['place', 'a1', '--prefix', 'x']],
    ['no product', ['place', '', '--prefix', 'x', '--quantity', '1']],
  ])('is not asked with %s', async (_, args) => {
    const { exitCode, stderr } = await here('order', ...args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('error: ');
  });
});

describe('a command that works through the service', () => {
  it('asks a service elsewhere when it trusts its authority', async () => {
    const { https, ca } = service.service.urls;
    const flags = ['--server', https, '--key-file', keyFile];
    expect(await fromAfar('order', 'list', ...flags, '--ca-file', ca ?? '')).toMatchObject({
      exitCode: 0,
      stderr: '',
    });
    expectRefusal(await fromAfar('order', 'list', ...flags), 'remote.not_trusted', 1);
  });

  it('asks over plain HTTP on this machine only: a key goes along', async () => {
    const flags = ['--key-file', keyFile, '--server'];
    const { http } = service.service.urls;
    expect((await fromAfar('order', 'list', ...flags, http)).exitCode).toBe(0);
    for (const server of ['http://192.0.2.1:8080', 'ftp://localhost', 'nonsense']) {
      const ended = await fromAfar('order', 'list', ...flags, server);
      expectRefusal(ended, 'remote.server_invalid', 2);
    }
  });

  it('says that no service runs where none runs', async () => {
    const ended = await fromAfar('order', 'list', '--key-file', keyFile);
    expectRefusal(ended, 'remote.no_service', 2);
  });

  it('says that nobody answers where nobody answers', async () => {
    const flags = ['--server', 'https://127.0.0.1:1', '--key-file', keyFile];
    expectRefusal(await fromAfar('order', 'list', ...flags), 'remote.unreachable', 1);
  });

  it('says that https is wanted where http meets TLS', async () => {
    const { host } = new URL(service.service.urls.https);
    await expect(new Api(`http://${host}`, adminKey).get('/orders')).rejects.toMatchObject({
      code: 'remote.server_invalid',
      detail: expect.stringContaining(`--server https://${host}`) as string,
    });
  });

  it('says that it has no key', async () => {
    const ended = await runCommand(['order', 'list'], { DATA_DIR: service.dataDir });
    expectRefusal(ended, 'remote.file_unreadable', 2);
  });

  it.each([
    ['a text', '# Triplemint\n\nA self-hosted mint: 身份\n'],
    ['nothing', '\n'],
  ])('says that a key file with %s in it holds no key', async (_, text) => {
    const wrong = join(elsewhere, 'README.md');
    await writeFile(wrong, text);
    const ended = await fromAfar(
      ...['order', 'list', '--server', service.service.urls.http, '--key-file', wrong],
    );
    expectRefusal(ended, 'remote.key_invalid', 2);
    expect(ended.stderr).toContain(wrong);
  });

  it('tells what its key may not do, and what would', async () => {
    const made = await here('key', 'create', 'reader', '--role', 'auditor');
    const reader = join(elsewhere, 'reader');
    await writeFile(reader, made.stdout);
    const flags = ['--server', service.service.urls.http, '--key-file', reader];
    const ended = await fromAfar('key', 'revoke', 'key-1', ...flags);
    expectRefusal(ended, 'key.role_not_allowed', 1);
    expect(ended.stderr).toContain('A key of the role auditor may not do this.');
  });

  it('ends quietly when nobody reads what it prints', async () => {
    const { child, ended } = startCommand(['order', 'list', '--key-file', keyFile], {
      DATA_DIR: service.dataDir,
    });
    child.stdout?.destroy();
    expect(await ended).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('never shows the key, also when it is refused', async () => {
    const wrong = join(elsewhere, 'wrong');
    await writeFile(wrong, 'tm_not-a-key-of-this-service');
    const flags = ['--server', service.service.urls.http, '--key-file', wrong];
    const ended = await fromAfar('order', 'list', ...flags);
    expectRefusal(ended, 'key.unknown', 1);
    expect(ended.stderr).not.toContain('tm_not');
  });
});
