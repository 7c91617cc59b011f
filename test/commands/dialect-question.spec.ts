import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { describeWith } from '../jig/transports/installed.js';

const program = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');

/** Asks on a terminal whether a trial may overwrite a module; gives all that was told when it has ended. */
async function asked(answer: (terminal: ChildProcess, pid: number) => void): Promise<string> {
  const trial = 'dialect try --port tcp://127.0.0.1:1 --dialect lierda-lmqtt --write';
  const command = `echo pid=$$ && exec ${process.execPath} ${program} ${trial}`;
  const terminal = spawn('socat', ['STDIO', `SYSTEM:"${command}",pty,setsid,ctty,stderr,sane`], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] },
  });
  onTestFinished(() => void terminal.kill());
  let told = '';
  let isAnswered = false;
  terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
    told += text;
    if (isAnswered || !told.includes('[y/N]')) return;
    isAnswered = true;
    answer(terminal, Number(/pid=(\d+)/.exec(told)?.[1]));
  });
  expect(await once(terminal, 'close')).toEqual([0, null]);
  return told;
}

describeWith(['socat'], 'the question before a module is overwritten', () => {
  it.each([
    ['Ctrl-C', (terminal: ChildProcess) => terminal.stdin?.write('\u0003')],
    ['a signal', (_: ChildProcess, pid: number) => process.kill(pid, 'SIGTERM')],
  ])('is a no at %s, which is no error', async (_, answer) => {
    const told = await asked(answer);
    expect(told).toMatch(/OVERWRITES.*Go on\? \[y\/N\]/);
    expect(told).not.toContain('triplemint:');
  });
});
