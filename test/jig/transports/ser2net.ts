import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** How ser2net speaks to its client, and whether a new client ends an old one. */
export interface Ser2netOptions {
  readonly accepter: 'tcp' | 'telnet(rfc2217),tcp';
  readonly kicksOldUser?: boolean;
}

/** Runs a ser2net for one device until the test is over. Shape: gives its TCP port on 127.0.0.1. */
export async function startSer2net(
  devicePath: string,
  { accepter, kicksOldUser = false }: Ser2netOptions,
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'triplemint-ser2net-'));
  const port = await freePort();
  const config = join(folder, 'ser2net.yaml');
  const lines = [
    'connection: &line',
    `  accepter: ${accepter},127.0.0.1,${port}`,
    `  connector: serialdev,${devicePath},115200n81,local`,
    '  options:',
    `    kickolduser: ${kicksOldUser}`,
  ];
  await writeFile(config, `%YAML 1.1\n---\n${lines.join('\n')}\n`);
  const ser2net = spawn('ser2net', ['-n', '-c', config], {
    stdio: 'ignore',
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` },
  });
  const ended = once(ser2net, 'exit');
  onTestFinished(async () => {
    ser2net.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  });
  const listening = untilListening(port);
  await Promise.race([
    listening,
    ended.then(() => {
      throw new Error('ser2net ended');
    }),
  ]);
  return port;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Looks at the sockets of the system: a connection of ours would open the device. */
async function untilListening(port: number): Promise<void> {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const listens = new RegExp(`^ *\\d+: 0100007F:${hex} \\S+ 0A `, 'm');
  while (!listens.test(await readFile('/proc/net/tcp', 'utf8'))) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
