import type { SlotReason } from '../slot-result.js';

/** Why a port is gone, or never came. Shape: `detail` says what to do about it. */
export interface PortEnd {
  readonly reason: Extract<SlotReason, `port_${string}`>;
  readonly detail: string;
}

/**
 * A line to a module: bytes both ways, and its end.
 *
 * Shape: nothing is lost before `onData` is called; `onClose` is told once, also if the end came
 * before it was called, and not after our own `close()`. Each takes one listener.
 * `setBaudRate` is there only where the port names no rate and one can be set; it resolves when the
 * line has the rate.
 * Units: baud.
 * Errors: of `setBaudRate`: `SlotStop` with the reason of a `PortEnd`.
 */
export interface Transport {
  write(bytes: Uint8Array): void;
  onData(listener: (bytes: Uint8Array) => void): void;
  onClose(listener: (end: PortEnd) => void): void;
  close(): void;
  readonly setBaudRate?: (baudRate: number) => Promise<void>;
}

/** What a port is opened with. Shape: `baudRate` is for a port that names none. Units: ms, baud. */
export interface ConnectOptions {
  readonly connectMs: number;
  readonly baudRate?: number | undefined;
}

/** Opens a port. Errors: `SlotStop` with the reason of a `PortEnd`. */
export type ConnectPort = (port: string, options: ConnectOptions) => Promise<Transport>;
