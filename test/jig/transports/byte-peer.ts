import type { Socket } from 'node:net';
import type { PortEnd, Transport } from '../../../src/jig/transports/transport.js';
import { openPort } from '../../broker/open-port.js';

/** A far end that keeps what it gets and can speak. */
export class BytePeer {
  port = 0;
  private received = Buffer.alloc(0);
  private socket: Socket | undefined;
  private lookAgain: () => void = () => undefined;

  static async start(): Promise<BytePeer> {
    const peer = new BytePeer();
    peer.port = await openPort((socket) => {
      peer.socket = socket;
      socket.on('data', (bytes: Buffer) => {
        peer.received = Buffer.concat([peer.received, bytes]);
        peer.lookAgain();
      });
    });
    return peer;
  }

  say(bytes: Uint8Array): void {
    if (this.socket === undefined) throw new Error('nobody is connected');
    this.socket.write(bytes);
  }

  hangUp(): void {
    this.socket?.destroy();
  }

  /** Waits for so many bytes. */
  async heard(count: number): Promise<Buffer> {
    while (this.received.length < count) {
      await new Promise<void>((resolve) => {
        this.lookAgain = resolve;
      });
    }
    return this.received;
  }
}

/** Collects what a transport brings; waits for so many bytes. */
export function collect(transport: Transport): (count: number) => Promise<Buffer> {
  let received = Buffer.alloc(0);
  let lookAgain: () => void = () => undefined;
  transport.onData((bytes) => {
    received = Buffer.concat([received, bytes]);
    lookAgain();
  });
  return async (count) => {
    while (received.length < count) {
      await new Promise<void>((resolve) => {
        lookAgain = resolve;
      });
    }
    return received;
  };
}

/** Waits for the end of a transport. */
export function endOf(transport: Transport): Promise<PortEnd> {
  return new Promise((resolve) => {
    transport.onClose(resolve);
  });
}

/** Every byte there is, twice, so that none is eaten or doubled. */
export const everyByte = Uint8Array.from({ length: 512 }, (_, index) => index & 0xff);
