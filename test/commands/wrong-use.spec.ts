import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCommand } from '../support/command.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'triplemint-nothing-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

it.each([
  ['an unknown flag', ['order', 'list', '--nothing']],
  ['an unknown command', ['mint']],
  ['an unknown command of a command', ['order', 'shred']],
  ['no command of a command', ['station']],
  ['a missing argument', ['export']],
  ['a missing option', ['key', 'create', 'mes']],
  ['a wrong choice', ['export', 'ord-1', '--format', 'pdf']],
  ['a bad number', ['simulate', '--slots', 'many']],
])('ends with 2 on %s', async (_, args) => {
  const { exitCode, stdout, stderr } = await runCommand(args, { DATA_DIR: folder });
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).not.toBe('');
});

it.each(['0', '-5', '1.5', 'ten'])('says what a quantity is instead of %s', async (quantity) => {
  const args = ['order', 'place', 'a1', '--prefix', 'x_', '--quantity', quantity];
  const { exitCode, stderr } = await runCommand(args, { DATA_DIR: folder });
  expect({ exitCode, stderr }).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('Give a whole number from 1.') as string,
  });
});

it.each([['--help'], ['--version'], ['order', '--help'], ['help', 'key']])(
  'ends with 0 when it is asked to explain itself: %s %s',
  async (...args) => {
    const { exitCode, stdout, stderr } = await runCommand(args, { DATA_DIR: folder });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).not.toBe('');
  },
);
