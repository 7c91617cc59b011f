import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { DomainError } from '../core/errors.js';
import { ComPort, escaped } from './com-port.js';
import { Wire } from './wire.js';
import type { WireOptions } from './wire.js';

/** What sits behind a port. */
export interface SerialDevice {
  attach(): void;
  detach(): void;
  receive(bytes: Buffer): void;
}

/** Where a port listens, and the line behind it. Shape: port 0 takes a free one. */
export interface FrontOptions {
  readonly host: string;
  readonly port: number;
  readonly baudRate: number | undefined;
  /** Pieces in which the host gets its bytes. */
  readonly nextPieceSize: WireOptions['nextPieceSize'];
  /** Whether the host sets the line over RFC 2217; else bytes pass as they are. */
  readonly isRfc2217: boolean;
}

/**
 * A serial port offered over raw TCP or RFC 2217, as ser2net and serial device servers do.
 *
 * One host at a time: a second one reads `Port already in use` and is closed.
 * Source: ser2net 4.3.11, tested.
 */
export class SerialFront {
  /** How much went over the line in both directions. Units: bytes. */
  carriedBytes = 0;
  #host: Socket | undefined;
  #comPort: ComPort | undefined;
  readonly #toDevice: Wire;
  readonly #toHost: Wire;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(
    private readonly options: FrontOptions,
    private readonly device: SerialDevice,
  ) {
    const { baudRate, nextPieceSize } = options;
    this.#toDevice = new Wire({ baudRate }, (bytes) => {
      this.device.receive(bytes);
    });
    this.#toHost = new Wire({ baudRate, nextPieceSize }, (bytes) => {
      this.#host?.write(this.#comPort ? escaped(bytes) : bytes);
    });
    this.#server = createServer((socket) => {
      this.#accept(socket);
    });
  }

  /** The rate that the host has set, where it can set one. Units: baud. */
  get portRate(): number | undefined {
    return this.#comPort?.baudRate;
  }

  /** Starts to listen; gives the port. Errors: `simulator.port_unusable`. */
  async listen(): Promise<number> {
    const { host, port } = this.options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (cause) => {
        const detail = `${host}:${String(port)} cannot be listened on (${codeOf(cause)}).`;
        reject(new DomainError('simulator.port_unusable', detail, { host, port }, { cause }));
      });
      this.#server.listen({ host, port, exclusive: true }, resolve);
    });
    const { port: taken } = this.#server.address() as AddressInfo;
    return taken;
  }

  /** Sends to the host; with nobody connected the bytes are lost, as on a real line. */
  send(bytes: Buffer): void {
    if (!this.#host) return;
    this.carriedBytes += bytes.length;
    this.#toHost.push(bytes);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#clear();
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    if (this.#host) {
      socket.end('Port already in use\r\n');
      socket.resume();
      return;
    }
    this.#host = socket.setNoDelay(true);
    const comPort = this.options.isRfc2217
      ? new ComPort((answer) => socket.write(answer))
      : undefined;
    this.#comPort = comPort;
    socket.on('data', (received) => {
      const bytes = comPort ? comPort.take(received) : received;
      this.carriedBytes += bytes.length;
      this.#toDevice.push(bytes);
    });
    // At `end` already, so that a host that has seen the end can connect again at once.
    for (const gone of ['end', 'close'] as const) {
      socket.once(gone, () => {
        this.#release(socket);
      });
    }
    this.device.attach();
  }

  #release(socket: Socket): void {
    if (this.#host !== socket) return;
    this.#host = undefined;
    this.#comPort = undefined;
    this.#clear();
    this.device.detach();
  }

  #clear(): void {
    this.#toDevice.clear();
    this.#toHost.clear();
  }
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
