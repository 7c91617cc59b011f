import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** The line between an agent and its service, which a test may cut. */
export interface Link {
  readonly port: number;
  /** Ends every connection and takes no new one. */
  cut(): void;
  /** Lets requests through, but cuts before the first byte of an answer comes back. */
  loseAnswers(): void;
  mend(): void;
  /** Waits until so many connections were refused. */
  refused(count: number): Promise<void>;
  close(): Promise<void>;
}

type Mode = 'whole' | 'cut' | 'deaf';

/** Opens a line to a port of this machine, which may change; nothing listens at port 0. */
export async function openLink(target: () => number): Promise<Link> {
  const sockets = new Set<Socket>();
  let mode: Mode = 'whole';
  let refusals = 0;
  let hear: () => void = () => undefined;
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  };
  const server = createServer((near) => {
    if (mode === 'cut') {
      near.destroy();
      refusals += 1;
      hear();
      return;
    }
    const far = connect(target(), '127.0.0.1');
    for (const socket of [near, far]) keep(socket);
    const connected = { requests: 0 };
    near.on('data', (bytes: Buffer) => {
      connected.requests += 1;
      far.write(bytes);
    });
    far.on('data', (bytes: Buffer) => {
      // The handshake passes; what comes after a request was sent on a deaf line does not.
      if (mode === 'deaf' && connected.requests > 2) drop();
      else near.write(bytes);
    });
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      mode = 'cut';
      drop();
    },
    loseAnswers: () => {
      mode = 'deaf';
    },
    mend: () => {
      mode = 'whole';
    },
    refused: async (count) => {
      while (refusals < count) {
        await new Promise<void>((resolve) => {
          hear = resolve;
        });
      }
    },
    close: async () => {
      drop();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
