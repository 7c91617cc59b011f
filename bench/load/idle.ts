import type { Socket } from 'node:net';
import { serveParent } from '../child.js';
import { openConnection } from './connection.js';
import type { Exchange } from './exchange.js';
import { loginReader, logins } from './mqtt-exchanges.js';
import type { Triple } from './wave.js';

/** Devices that log in and then say nothing. */
export interface IdleDevices {
  readonly port: number;
  readonly triples: readonly Triple[];
}

/** Logins under way at a time. */
const inFlight = 64;

const held = new Set<Socket>();

/** Logs devices in, beside those that are; answers how many are connected now. */
serveParent(async (message) => {
  const { port, triples } = message as IdleDevices;
  const waiting = logins(triples);
  const work = async (): Promise<void> => {
    for (let one = waiting.pop(); one; one = waiting.pop()) await logIn(port, one);
  };
  await Promise.all(Array.from({ length: inFlight }, work));
  return held.size;
});

function logIn(port: number, { bytes, expected }: Exchange): Promise<void> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = openConnection({ port }, Buffer.allocUnsafe(64), (heard) => {
      answer += heard.toString('latin1');
      if (!loginReader.isWhole(answer, expected)) return;
      if (loginReader.givenIn(answer, expected) === undefined) reject(new Error('a login failed'));
      else resolve();
    });
    held.add(socket);
    socket.on('error', reject).on('close', () => {
      held.delete(socket);
      reject(new Error('a connection was lost'));
    });
    socket.write(bytes);
  });
}
