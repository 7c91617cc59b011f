import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSimulator } from '../../src/simulator/simulator.js';
import { exampleText, exampleWith } from '../dialects/example.js';
import { runCommand } from '../support/command.js';
import { adminKey, startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

let service: TestService;
let folder: string;
let good: string;
let bad: string;
beforeAll(async () => {
  service = await startTestService();
  await writeFile(join(service.dataDir, 'admin.key'), `${adminKey}\n`, { mode: 0o600 });
  folder = await mkdtemp(join(tmpdir(), 'triplemint-dialects-'));
  good = join(folder, 'good.json');
  bad = join(folder, 'bad.json');
  await writeFile(good, exampleText());
  await writeFile(bad, JSON.stringify(exampleWith({ label: 7, colour: 'red' })));
});
afterAll(async () => {
  await service.stop();
  await rm(folder, { recursive: true });
});

const run = (...args: readonly string[]) =>
  runCommand(['dialect', ...args], { DATA_DIR: service.dataDir });

it('a file is checked without a service, and each field that is wrong is named', async () => {
  const settings = { DATA_DIR: folder };
  const fine = await runCommand(['dialect', 'check', good], settings);
  expect(fine).toMatchObject({ exitCode: 0 });
  expect(fine.stderr).toMatch(
    /^A module that says it is NT35E fits acme-nt35e and lierda-lmqtt: .* every slot .*dialect_ambiguous/,
  );
  const wrong = await runCommand(['dialect', 'check', bad], settings);
  expect(wrong).toMatchObject({ exitCode: 1, stdout: '' });
  expect(wrong.stderr).toContain(`${bad}: label: `);
  expect(wrong.stderr).toContain(`${bad}: colour: is no field of a dialect`);
  expect(wrong.stderr).toContain(`${bad}: check again when this is mended: more may be wrong`);
});

it('a dialect is added, listed, shown and removed; one that is wrong is not sent', async () => {
  expect(await run('add', bad)).toMatchObject({ exitCode: 1, stdout: '' });
  const added = await run('add', good);
  expect(added).toMatchObject({ exitCode: 0, stdout: 'acme-nt35e, revision 1\n' });
  expect(added.stderr).toMatch(
    /^A module that says it is NT35E fits acme-nt35e and lierda-lmqtt: /,
  );
  expect((await run('list')).stdout).toMatch(/^acme-nt35e +1 +nvm +clear +- +observed +ACME-35$/m);
  const shown = await run('show', 'acme-nt35e');
  expect(JSON.parse(shown.stdout)).toMatchObject(exampleWith());
  expect(await run('remove', 'acme-nt35e')).toMatchObject({ exitCode: 0 });
  expect(await run('show', 'acme-nt35e')).toMatchObject({ exitCode: 1, stdout: '' });
});

it.each([
  [1, 'tcp://127.0.0.1:1', /^triplemint: port_refused: tcp:\/\/127\.0\.0\.1:1: .+\n$/],
  [1, 'serial:///dev/none', /^triplemint: port_device_missing: serial:\/\/\/dev\/none: .+\n$/],
  [2, 'COM3', /^triplemint: slot\.port_malformed: .+\n {2}.+\n$/],
])('a trial ends with %s at once where the port is %s', async (exitCode, port, told) => {
  const ended = await runCommand(['dialect', 'try', '--port', port], { DATA_DIR: folder });
  expect(ended).toMatchObject({ exitCode, stdout: '' });
  expect(ended.stderr).toMatch(told);
});

it('a trial is told as a table, and nothing is overwritten without a yes', async () => {
  const simulator = await startSimulator({ slots: 1, bootMs: 10 });
  try {
    const port = `tcp://127.0.0.1:${simulator.ports[0]?.port ?? 0}`;
    const unasked = await run('try', '--port', port, '--file', good, '--write');
    expect(unasked).toMatchObject({ exitCode: 2, stdout: '' });
    expect(unasked.stderr).toContain('OVERWRITES');
    const unnamed = await run('try', '--port', port, '--write', '--yes');
    expect(unnamed).toMatchObject({ exitCode: 2, stdout: '' });
    expect(unnamed.stderr).toMatch(/^triplemint: request\.invalid: .*--dialect/);
    expect(simulator.modules[0]?.triple).toBeUndefined();
    const other = await run('try', '--port', port, '--dialect', 'quectel-qmt');
    expect(other.exitCode).toBe(1);
    expect(other.stdout).toMatch(/^match +no .*another family$/m);
  } finally {
    await simulator.close();
  }
});
