import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, readdir, rm, watch } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { processesNaming } from '../support/built-service.js';

const run = promisify(execFile);
const cli = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');
const limitMs = 20_000;

interface RunningDemo {
  readonly pid: number;
  /** Where it makes its data folder. */
  readonly folder: string;
  /** Waits until it has printed a text. */
  printed(text: string): Promise<void>;
  /** Waits until its data folder holds an entry that starts so; gives the path. */
  made(name: string): Promise<string>;
  /** Waits for the end of the demo. */
  ended(): Promise<{ code: number | null; output: string }>;
}

async function startDemo(): Promise<RunningDemo> {
  const folder = await mkdtemp(join(tmpdir(), 'triplemint-interrupted-'));
  await chmod(folder, 0o711);
  const env = { ...process.env, TMPDIR: folder };
  // A process group of its own, as a shell gives it.
  const child = spawn(process.execPath, [cli, 'demo'], { env, detached: true });
  const pid = child.pid ?? 0;
  onTestFinished(async () => {
    await cleanUp(pid, folder);
  });
  const exited = once(child, 'close') as Promise<[number | null]>;
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => (output += part));
  }
  const printed = async (text: string): Promise<void> => {
    while (!output.includes(text)) await once(child.stdout, 'data');
  };
  return {
    pid,
    folder,
    printed,
    made: async (name) => {
      await printed('The service starts');
      const [dataName = ''] = await readdir(folder);
      return await entryOf(join(folder, dataName), name);
    },
    ended: async () => {
      const [code] = await exited;
      return { code, output };
    },
  };
}

async function entryOf(folder: string, name: string): Promise<string> {
  const changes = watch(folder)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const change = changes.next();
      const found = (await readdir(folder)).find((entry) => entry.startsWith(name));
      if (found !== undefined) return join(folder, found);
      await change;
    }
  } finally {
    void changes.return?.();
  }
}

/** After a demo that failed its test, too. */
async function cleanUp(pid: number, folder: string): Promise<void> {
  if (isGroupAlive(pid)) process.kill(-pid, 'SIGKILL');
  for (const line of await processesNaming(folder)) {
    try {
      process.kill(Number.parseInt(line, 10), 'SIGQUIT');
    } catch {
      // ended by itself meanwhile
    }
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 20 });
}

/** Whether the demo or a service of it lives; the command line of a service names no folder. */
function isGroupAlive(pid: number): boolean {
  try {
    return process.kill(-pid, 0);
  } catch {
    return false;
  }
}

async function expectNothingLeft(demo: RunningDemo): Promise<string> {
  const askedAt = performance.now();
  const { code, output } = await demo.ended();
  expect(performance.now() - askedAt).toBeLessThan(limitMs);
  expect(output).not.toMatch(/^\s+at |\[Error/m);
  expect(isGroupAlive(demo.pid), 'the service outlives the demo').toBe(false);
  expect(await processesNaming(demo.folder), 'the database outlives the demo').toEqual([]);
  expect(await readdir(demo.folder)).toEqual([]);
  expect(code).toBe(1);
  return output;
}

const moments: readonly (readonly [string, (demo: RunningDemo) => Promise<unknown>])[] = [
  ['the keys are made', (demo) => demo.made('master.key')],
  ['the service is about to be ready', (demo) => demo.made('service.json')],
  ['the jig closes', (demo) => demo.printed('An order of')],
];

describe('a demo that is broken off leaves no process and no file', () => {
  it.each(moments)(
    'by a signal while %s',
    async (_, moment) => {
      const demo = await startDemo();
      await moment(demo);
      process.kill(demo.pid, 'SIGINT');
      expect(await expectNothingLeft(demo)).toContain('✖ interrupted');
    },
    2 * limitMs,
  );

  it(
    'by Ctrl-C pressed twice, which reaches the service too',
    async () => {
      const demo = await startDemo();
      await demo.made('.postgres.');
      process.kill(-demo.pid, 'SIGINT');
      await demo.printed('✖');
      process.kill(-demo.pid, 'SIGINT');
      expect(await expectNothingLeft(demo)).toContain('✖ interrupted');
    },
    2 * limitMs,
  );

  it(
    'by the death of its service, which leaves its database running',
    async () => {
      const demo = await startDemo();
      await demo.printed('An order of');
      const file = await readFile(await demo.made('service.json'), 'utf8');
      process.kill((JSON.parse(file) as { pid: number }).pid, 'SIGKILL');
      await expectNothingLeft(demo);
    },
    2 * limitMs,
  );
});

it('says in one line that the folder to keep exists already', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'triplemint-interrupted-'));
  onTestFinished(async () => {
    await rm(folder, { recursive: true });
  });
  const failed = run(process.execPath, [cli, 'demo', '--keep', folder]);
  await expect(failed).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^[^\n]+ exists already; [^\n]+\n$/) as string,
  });
});
