import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readSlotsFile } from '../../src/agent/slots.js';
import { familyTitles } from '../../src/simulator/families.js';
import { faultNames } from '../../src/simulator/faults.js';
import { simulateCommand } from '../../src/simulator/simulate.command.js';
import { startCommand } from '../support/command.js';
import { Terminal } from './terminal.js';

/** The command in this process: what it prints, and a stop that it hears. */
class Run {
  out = '';
  err = '';
  #code: number | undefined;
  #stop: () => void = () => undefined;
  #wake: () => void = () => undefined;
  readonly #ended: Promise<unknown>;

  constructor(...args: string[]) {
    const command = simulateCommand({
      out: (text) => {
        this.out += text;
        this.#wake();
      },
      err: (text) => (this.err += text),
      onStop: (stop) => {
        this.#stop = stop;
        return () => undefined;
      },
      exit: (code) => (this.#code = code),
    });
    this.#ended = command.parseAsync(['node', 'simulate', ...args]);
    onTestFinished(async () => {
      await this.stop();
    });
  }

  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.out);
      if (match) return match;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Gives the exit code. */
  async stop(): Promise<number | undefined> {
    this.#stop();
    return await this.ended();
  }

  async ended(): Promise<number | undefined> {
    await this.#ended;
    return this.#code;
  }
}

test('it serves until SIGTERM and then ends with 0', async () => {
  const args = ['simulate', '--slots', '2', '--base-port', '0', '--fault', '2:noisy'];
  const { child, ended } = startCommand(args, {});
  onTestFinished(() => void child.kill('SIGKILL'));
  for (let out = ''; !out.includes('Ctrl-C');) {
    const [part] = (await once(child.stdout ?? child, 'data')) as [string];
    out += part;
  }
  child.kill('SIGTERM');
  const { exitCode, stderr } = await ended;
  expect([exitCode, stderr]).toEqual([0, '']);
});

test('it tells where every module is, what speaks to it, and what is said', async () => {
  const run = new Run('--slots', '2', '--base-port', '0', '--echo', 'off', '--fault', '2:noisy');
  const [, port, imei] = await run.until(
    /1 +tcp:\/\/127\.0\.0\.1:(\d+) +(\d{15}) +lierda-nt35e +lierda-lmqtt\n/,
  );
  const second = /2 +tcp:.* (\S+) +(\S+) +(\S+)\n/;
  expect((await run.until(second)).slice(1)).toEqual(['lierda-nt35e', 'lierda-lmqtt', 'noisy']);
  await run.until(new RegExp(`nc 127\\.0\\.0\\.1 ${port ?? ''}, .*Ctrl-C`));
  const terminal = await Terminal.connect(Number(port));
  onTestFinished(() => terminal.close());
  expect(await terminal.ask('AT+CGSN=1')).toContain(`"${imei ?? ''}"`);
  await run.until(/slot 1 > AT\+CGSN=1\nslot 1 < \+CGSN: "\d{15}"\nslot 1 < OK\n/);
  expect(await run.stop()).toBe(0);
  expect(run.err).toBe('');
});

test('the line of a rehearsal works as people type it, and its slots go to an agent', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'triplemint-slots-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'slots.json');
  const line =
    '--dialect quectel-bc26 --slots 16 --baud 9600 --fail 2% --reset-during-write 1% --urc-noise';
  const run = new Run(...line.split(' '), '--dialect', '16:nrf91', '--base-port', '0');
  const mixed = new Run('--dialect', 'quectel-qmt', '--base-port', '0', '--slots-file', path);
  await run.until(/16 +tcp:.* nrf91 +nrf91/);
  expect(run.out.match(/ quectel-bc26 +quectel-qmt/g)).toHaveLength(15);
  await mixed.until(/Ctrl-C/);
  const slots = await readSlotsFile(path);
  expect(slots.map(({ slot, dialect }) => [slot, dialect?.id])).toEqual(
    Array.from({ length: 8 }, (_, at) => [at + 1, 'quectel-qmt']),
  );
  for (const { port } of slots) expect(mixed.out).toContain(` ${port} `);
  expect(await readFile(path, 'utf8')).toMatch(/^\[\n {2}\{\n {4}"slot": 1,\n/);
});

test('a file of slots that cannot be written gives one line, and no port stays open', async () => {
  const run = new Run('--slots', '1', '--base-port', '0', '--slots-file', '/nowhere/slots.json');
  expect(await run.ended()).toBe(1);
  expect(run.err).toMatch(/^\/nowhere\/slots\.json cannot be written\. .*\n$/);
});

test('a port in use gives one clear line and exit code 1', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const run = new Run('--slots', '1', '--base-port', String(port));
  expect(await run.ended()).toBe(1);
  expect(run.err).toMatch(
    new RegExp(`^127\\.0\\.0\\.1:${String(port)} cannot be .*EADDRINUSE.*\\n$`),
  );
  expect(run.out).toBe('');
});

test.each([
  ['--slots 2 --dialect 3:esp-at', /^esp-at is for slot 3, which does not exist\. .*\n$/],
  ['--slots 2 --fault 3:silent', /slot.*\n$/],
  ['--slots 9 --base-port 65530', /^9 slots from port 65530 on need port 65538; .*\n$/],
])('flags that do not fit together end with 2: %s', async (flags, told) => {
  const run = new Run(...flags.split(' '));
  expect(await run.ended()).toBe(2);
  expect(run.err).toMatch(told);
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
  await expect(command.parseAsync(['node', 'simulate', `${flag}=${value}`])).rejects.toMatchObject({
    code: 'commander.invalidArgument',
  });
});

test('help and --fault-list tell every fault in one line; the help names every family', async () => {
  let help = '';
  simulateCommand()
    .configureOutput({ writeOut: (text) => (help += text) })
    .outputHelp();
  for (const [name, , dialect] of familyTitles) {
    expect(help).toMatch(new RegExp(`^ {2}${name} +${dialect} `, 'm'));
  }
  expect(help).toMatch(/\(default:\s+lierda-nt35e\)/);
  expect(help).not.toContain('[]');
  const run = new Run('--fault-list');
  expect(await run.ended()).toBe(0);
  expect(run.out.match(/^ {2}[a-z-]+ +\S.*$/gm)).toHaveLength(faultNames.length);
  expect(help).toContain(run.out);
});
