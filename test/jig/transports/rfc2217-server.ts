import type { Socket } from 'node:net';
import { openPort } from '../../broker/open-port.js';

/**
 * How a server departs from what is asked of it.
 *
 * Shape: `rate` gives the rate that the server sets; `module` answers what was sent at a rate.
 */
export interface ServerBehaviour {
  readonly greeting?: readonly number[];
  readonly agrees?: boolean;
  readonly rate?: (asked: number) => number;
  readonly module?: (text: string, rate: number) => string;
}

/** Runs an RFC 2217 server that works byte by byte with code of its own; gives the address. */
export async function startRfc2217Server(behaviour: ServerBehaviour): Promise<string> {
  const port = await openPort((socket) => {
    serve(socket, behaviour);
  });
  return `rfc2217://127.0.0.1:${port}`;
}

function serve(socket: Socket, { greeting, agrees, rate, module }: ServerBehaviour): void {
  socket.write(Uint8Array.from(greeting ?? []));
  let waiting = '';
  let baudRate = 0;
  const say = (latin1: string): void => {
    socket.write(latin1, 'latin1');
  };
  const command = /^(?:\xff[\xfb-\xfe][^]|\xff\xfa([^](?:\xff\xff|[^\xff])*)\xff\xf0)/;
  socket.on('data', (bytes: Buffer) => {
    waiting += bytes.toString('latin1');
    for (let found = command.exec(waiting); found !== null; found = command.exec(waiting)) {
      waiting = waiting.slice(found[0].length);
      if (found[0] === '\xff\xfb\x2c' && agrees !== undefined) {
        say(agrees ? '\xff\xfd\x2c' : '\xff\xfe\x2c');
      }
      const [code = 0, ...value] = Buffer.from((found[1] ?? '').slice(1), 'latin1');
      if (code === 1) {
        const asked = Buffer.from(value).readUInt32BE();
        baudRate = rate?.(asked) ?? asked;
        const answer = Buffer.alloc(4);
        answer.writeUInt32BE(baudRate);
        say(`\xff\xfa\x2c\x65${answer.toString('latin1')}\xff\xf0`);
      } else if (code >= 2 && code <= 4) {
        say(`\xff\xfa\x2c${String.fromCharCode(code + 100, ...value)}\xff\xf0`);
      }
    }
    if (waiting !== '' && !waiting.startsWith('\xff')) {
      say(module?.(waiting, baudRate) ?? '');
      waiting = '';
    }
  });
}
