import type { Socket } from 'node:net';
import { PortLife } from './port-life.js';
import { watchServerTexts } from './server-texts.js';
import { bindLife, connectSocket } from './socket.js';
import type { ServerAddress } from './socket.js';
import type { PortEnd, Transport } from './transport.js';

/**
 * Connects to a serial server that passes raw bytes over TCP (ser2net `tcp`, Moxa "TCP server").
 *
 * Units: milliseconds.
 * Errors: `SlotStop` with `port_refused` or `port_timeout`. A text of ser2net instead of the module
 * ends the transport with `port_busy` or `port_device_missing`.
 */
export async function connectTcp(address: ServerAddress, connectMs: number): Promise<Transport> {
  return new TcpTransport(await connectSocket(address, connectMs));
}

class TcpTransport implements Transport {
  private readonly life = new PortLife();
  private readonly serverText = watchServerTexts();

  constructor(private readonly socket: Socket) {
    bindLife(socket, this.life);
  }

  write(bytes: Uint8Array): void {
    if (this.life.isOpen) {
      this.socket.write(bytes);
    }
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.socket.on('data', (bytes: Buffer) => {
      const end = this.serverText(bytes);
      if (end !== undefined) {
        this.life.finish(end);
      }
      if (this.life.isOpen) {
        listener(bytes);
      }
    });
  }

  onClose(listener: (end: PortEnd) => void): void {
    this.life.onEnd(listener);
  }

  close(): void {
    this.life.close();
    this.socket.destroy();
  }
}
