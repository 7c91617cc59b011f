import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cleanup } from './cleanup.js';

/** Serial ports of this machine whose other ends are TCP ports. */
export interface Ptys {
  /** Shape: `/dev/…`, in the order of the TCP ports. */
  readonly paths: readonly string[];
  end(): Promise<void>;
}

/** Makes a pty for each TCP port. Shape: undefined where there is no socat, or no /dev/shm. */
export async function openPtys(
  cleanup: Cleanup,
  ports: readonly number[],
): Promise<Ptys | undefined> {
  const folder = await mkdtemp('/dev/shm/triplemint-bench-').catch(() => undefined);
  if (folder === undefined) return undefined;
  const ends: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const end = async (): Promise<void> => {
    for (const undo of ends.splice(0).reverse()) await undo();
  };
  cleanup.add(end);
  const paths: string[] = [];
  for (const [index, port] of ports.entries()) {
    const path = join(folder, `tty${index + 1}`);
    const close = await openPty(path, port);
    if (!close) {
      await end();
      return undefined;
    }
    ends.push(close);
    paths.push(path);
  }
  return { paths, end };
}

async function openPty(path: string, port: number): Promise<(() => Promise<void>) | undefined> {
  const ways = [`pty,raw,echo=0,link=${path}`, `tcp:127.0.0.1:${port},nodelay`];
  const socat = spawn('socat', ['-d', '-d', ...ways], {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  const ended = once(socat, 'exit').catch(() => undefined);
  const isOpen = await new Promise<boolean>((resolve) => {
    let told = '';
    socat.once('error', () => {
      resolve(false);
    });
    socat.once('exit', () => {
      resolve(false);
    });
    socat.stderr.on('data', (text: Buffer) => {
      told += text.toString();
      if (told.includes('starting data transfer loop')) resolve(true);
    });
  });
  if (!isOpen) return undefined;
  // Whoever closes a pty last ends socat: this stays open between two runs.
  const held = await open(path, constants.O_RDWR | constants.O_NOCTTY);
  return async () => {
    await held.close();
    socat.kill();
    await ended;
  };
}
