import { createHash } from 'node:crypto';
import { mkdir, realpath } from 'node:fs/promises';
import { createServer } from 'node:net';
import { DomainError } from '../core/errors.js';

/**
 * Keeps a state directory for one agent; the system lets go of it however the agent ends.
 *
 * Shape: gives the function that lets go. A name that only the kernel holds, for a file with a
 * process id outlives a SIGKILL; on a system without such names nothing is kept.
 * Errors: `agent.state_in_use`, `agent.state_unusable`.
 */
export async function lockState(folder: string): Promise<() => Promise<void>> {
  const name = nameOf(await realFolder(folder));
  const server = createServer((socket) => socket.destroy());
  if (name === undefined) return () => Promise.resolve();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      reject(new DomainError('agent.state_in_use', `${folder} is in use.`, {}, { cause }));
    });
    server.listen(name, resolve);
  });
  server.unref();
  return () =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
    });
}

async function realFolder(folder: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return await realpath(folder);
  } catch (cause) {
    const detail = `${folder}: ${cause instanceof Error ? cause.message : 'unusable'}`;
    throw new DomainError('agent.state_unusable', detail, {}, { cause });
  }
}

/** Source: Linux unix(7), abstract sockets; Windows, named pipes. */
function nameOf(folder: string): string | undefined {
  const name = `triplemint-agent-${createHash('sha256').update(folder).digest('hex')}`;
  if (process.platform === 'linux') return `\0${name}`;
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : undefined;
}
