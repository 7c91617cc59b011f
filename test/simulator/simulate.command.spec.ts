import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { familyTitles } from '../../src/simulator/families.js';
import { simulateCommand } from '../../src/simulator/simulate.command.js';
import { Terminal } from './terminal.js';

const script = fileURLToPath(new URL('./run-simulate.ts', import.meta.url));

class Run {
  out = '';
  err = '';
  readonly #child: ChildProcess;
  #wake: () => void = () => undefined;

  constructor(...args: string[]) {
    this.#child = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.on('data', (bytes: Buffer) => {
      this.out += bytes.toString();
      this.#wake();
    });
    this.#child.stderr?.on('data', (bytes: Buffer) => (this.err += bytes.toString()));
    onTestFinished(() => void this.#child.kill('SIGKILL'));
  }

  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.out);
      if (match) return match;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  stop(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async exitCode(): Promise<number | null> {
    if (this.#child.exitCode === null) await once(this.#child, 'close');
    return this.#child.exitCode;
  }
}

test.each(['SIGINT', 'SIGTERM'] as const)(
  'it serves until %s and then ends with 0',
  async (signal) => {
    const run = new Run('--slots', '2', '--base-port', '0', '--echo', 'off', '--fault', '2:noisy');
    const [, port, imei] = await run.until(
      /1 +tcp:\/\/127\.0\.0\.1:(\d+) +(\d{15}) +lierda-nt35e\n/,
    );
    expect((await run.until(/2 +tcp:.* (\S+) +(\S+)\n/)).slice(1)).toEqual([
      'lierda-nt35e',
      'noisy',
    ]);
    await run.until(new RegExp(`nc 127\\.0\\.0\\.1 ${port ?? ''}, .*Ctrl-C`));
    const terminal = await Terminal.connect(Number(port));
    onTestFinished(() => terminal.close());
    expect(await terminal.ask('AT+CGSN=1')).toContain(`"${imei ?? ''}"`);
    await run.until(/slot 1 > AT\+CGSN=1\nslot 1 < \+CGSN: "\d{15}"\nslot 1 < OK\n/);
    run.stop(signal);
    expect(await run.exitCode()).toBe(0);
    expect(run.err).toBe('');
  },
);

test('a port in use gives one clear line and exit code 1', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const run = new Run('--slots', '1', '--base-port', String(port));
  expect(await run.exitCode()).toBe(1);
  expect(run.err).toMatch(
    new RegExp(`^127\\.0\\.0\\.1:${String(port)} cannot be .*EADDRINUSE.*\\n$`),
  );
  expect(run.out).toBe('');
});

test.each([
  ['--slots', '0'],
  ['--slots', 'many'],
  ['--echo', 'maybe'],
  ['--fault', '1:nonsense'],
  ['--fault', 'silent'],
  ['--fail', '101%'],
  ['--fail', 'often'],
  ['--urc-noise', '-1%'],
  ['--reset-during-write', ''],
  ['--dialect', 'nokia'],
  ['--dialect', '0:lierda-nt35e'],
  ['--dialect', '3-2:lierda-nt35e'],
  ['--dialect', '1:lierda-nt35e,'],
])('%s %s is refused before anything starts', async (flag, value) => {
  const command = simulateCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  await expect(command.parseAsync(['node', 'simulate', flag, value])).rejects.toMatchObject({
    code: 'commander.invalidArgument',
  });
});

test('the help names every fault and every family', () => {
  let help = '';
  simulateCommand()
    .configureOutput({ writeOut: (text) => (help += text) })
    .outputHelp();
  expect(help).toContain('reset-during-write');
  expect(help).toContain('--base-port');
  for (const [name] of familyTitles) expect(help).toContain(`  ${name} `);
});
