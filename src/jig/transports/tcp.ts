import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { SlotStop } from '../slot-result.js';
import type { PortAddress } from './port-address.js';
import type { PortEnd, Transport } from './transport.js';

/** Texts that ser2net puts into the byte stream before it hangs up. Source: ser2net 4.3, tried. */
const serverTexts = [
  { text: 'Port already in use', reason: 'port_busy' },
  { text: 'Device open failure', reason: 'port_device_missing' },
] as const;
const sniffedBytes = 128;

/**
 * Connects to a serial server that passes raw bytes over TCP (ser2net `raw`, Moxa "TCP server").
 *
 * Errors: `SlotStop` with `port_refused` or `port_timeout`. A text of ser2net instead of the module
 * ends the transport with `port_busy` or `port_device_missing`.
 */
export function connectTcp(address: PortAddress, connectMs: number): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address.host, port: address.port, noDelay: true });
    const stop = (reason: 'port_refused' | 'port_timeout', detail: string): void => {
      socket.destroy();
      reject(new SlotStop(reason, detail));
    };
    const onError = (error: NodeJS.ErrnoException): void => {
      stop(error.code === 'ETIMEDOUT' ? 'port_timeout' : 'port_refused', error.code ?? 'unknown');
    };
    socket.once('error', onError);
    socket.setTimeout(connectMs, () => {
      stop('port_timeout', `no connection within ${connectMs} ms`);
    });
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.off('error', onError);
      resolve(new TcpTransport(socket));
    });
  });
}

class TcpTransport implements Transport {
  private head = '';
  private end: PortEnd | undefined;
  private isClosing = false;
  private tell: ((end: PortEnd) => void) | undefined;

  constructor(private readonly socket: Socket) {
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.finish({ reason: 'port_closed', detail: error.code ?? 'unknown' });
    });
    // `end` as well as `close`: a half-closed serial server will not carry another answer.
    socket.on('end', () => {
      this.finish({ reason: 'port_closed', detail: 'the serial server hung up' });
    });
    socket.on('close', () => {
      this.finish({ reason: 'port_closed', detail: 'the connection is gone' });
    });
  }

  write(bytes: Uint8Array): void {
    if (!this.isClosing && this.end === undefined) {
      this.socket.write(bytes);
    }
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.socket.on('data', (bytes: Buffer) => {
      this.sniff(bytes);
      if (!this.isClosing && this.end === undefined) {
        listener(bytes);
      }
    });
  }

  onClose(listener: (end: PortEnd) => void): void {
    this.tell = listener;
    if (this.end !== undefined) {
      listener(this.end);
    }
  }

  close(): void {
    this.isClosing = true;
    this.socket.destroy();
  }

  /** Only the first bytes of a connection can be the server's own. */
  private sniff(bytes: Buffer): void {
    if (this.head.length >= sniffedBytes) {
      return;
    }
    this.head = (this.head + bytes.toString('latin1')).slice(0, sniffedBytes);
    const found = serverTexts.find(({ text }) => this.head.trimStart().startsWith(text));
    if (found !== undefined) {
      this.finish({ reason: found.reason, detail: `the serial server says "${found.text}"` });
    }
  }

  private finish(end: PortEnd): void {
    if (this.isClosing || this.end !== undefined) {
      return;
    }
    this.end = end;
    this.socket.destroy();
    this.tell?.(end);
  }
}
