import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import type { SerialPort } from 'serialport';
import type { SerialAddress } from '../../core/port-address.js';
import { PortLife, stopOf } from './port-life.js';
import { endOfOpen, endOfRunning } from './serial-ends.js';
import type { ConnectOptions, PortEnd, Transport } from './transport.js';

const usualBaudRate = 115_200;
const watchMs = 500;

/** Ports that we are closing: the lock of one is held until its close is through. */
const closing = new Map<string, Promise<void>>();

/**
 * Opens a serial port of this machine and locks it.
 *
 * Units: milliseconds, baud.
 * Errors: `SlotStop` with `port_device_missing`, `port_denied`, `port_busy` (locked by another
 * program), `port_settings_refused`, `port_refused` or `port_timeout`.
 */
export async function connectSerial(
  { path, line }: SerialAddress,
  options: ConnectOptions,
): Promise<Transport> {
  // Loaded here: a service without serial ports needs no native code.
  const { SerialPort } = await import('serialport');
  await closing.get(path);
  const { dataBits, parity, stopBits, baudRate = options.baudRate ?? usualBaudRate } = line;
  const settings = { path, baudRate, dataBits, parity, stopBits };
  const port = new SerialPort({ ...settings, autoOpen: false });
  await open(port, options.connectMs);
  return new SerialTransport(port, line.baudRate === undefined);
}

function open(port: SerialPort, connectMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      const detail = `the port did not open within ${connectMs} ms: unplug it and plug it in again`;
      reject(stopOf({ reason: 'port_timeout', detail }));
      port.once('open', () => {
        closePort(port);
      });
    }, connectMs);
    port.open((error) => {
      clearTimeout(late);
      if (error === null) {
        resolve();
        return;
      }
      void accessError(port.path).then((code) => {
        reject(stopOf(endOfOpen(port.path, error.message, code)));
      });
    });
  });
}

/** The bindings tell errors as text only; the file system has codes. */
async function accessError(path: string): Promise<string | undefined> {
  try {
    await access(path, constants.R_OK | constants.W_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}

function closePort(port: SerialPort): void {
  if (!port.isOpen) {
    return;
  }
  const { path } = port;
  const closed = new Promise<void>((resolve) => {
    port.close(() => {
      closing.delete(path);
      resolve();
    });
  });
  closing.set(path, closed);
}

class SerialTransport implements Transport {
  readonly setBaudRate?: (baudRate: number) => Promise<void>;
  private readonly life = new PortLife();
  private readonly watch: NodeJS.Timeout | undefined;

  constructor(
    private readonly port: SerialPort,
    canSetBaudRate: boolean,
  ) {
    if (canSetBaudRate) {
      this.setBaudRate = (baudRate) => this.update(baudRate);
    }
    port.on('error', (error) => {
      this.life.finish(endOfRunning(error.message));
    });
    port.on('close', (error: Error | null) => {
      this.life.finish(endOfRunning(error?.message ?? 'closed'));
    });
    if (process.platform === 'linux') {
      this.watch = setInterval(() => {
        void this.lookForHangUp();
      }, watchMs);
    }
    this.life.onEnd(() => {
      this.release();
    });
  }

  write(bytes: Uint8Array): void {
    if (this.life.isOpen) {
      this.port.write(Buffer.from(bytes));
    }
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.port.on('data', (bytes: Buffer) => {
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
    this.release();
  }

  /**
   * A cable that is pulled while a read is under way is told by no event: that read gives nothing, again
   * and again (bindings-cpp 13.0.0, unix-read, tried). The settings of a port that is gone cannot be read.
   */
  private async lookForHangUp(): Promise<void> {
    try {
      await this.port.port?.getBaudRate();
    } catch (error) {
      this.life.finish(endOfRunning(error instanceof Error ? error.message : 'hung up'));
    }
  }

  private release(): void {
    clearInterval(this.watch);
    closePort(this.port);
  }

  private update(baudRate: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.port.update({ baudRate }, (error) => {
        if (error === null) {
          resolve();
          return;
        }
        const detail = `the port does not take ${baudRate} baud: ${error.message}`;
        reject(stopOf({ reason: 'port_settings_refused', detail }));
      });
    });
  }
}
