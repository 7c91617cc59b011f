import type { SlotReason } from '../slot-result.js';

/** Why a port is gone. */
export interface PortEnd {
  readonly reason: Extract<
    SlotReason,
    'port_refused' | 'port_timeout' | 'port_busy' | 'port_device_missing' | 'port_closed'
  >;
  readonly detail: string;
}

/**
 * A line to a module: bytes both ways, and its end.
 *
 * Shape: nothing is lost before `onData` is called; `onClose` is told once, also if the end came
 * before it was called, and not after our own `close()`. Each takes one listener.
 */
export interface Transport {
  write(bytes: Uint8Array): void;
  onData(listener: (bytes: Uint8Array) => void): void;
  onClose(listener: (end: PortEnd) => void): void;
  close(): void;
}

/** Opens a port. Errors: `SlotStop` with the reason of a `PortEnd`. */
export type ConnectPort = (
  port: string,
  options: { readonly connectMs: number },
) => Promise<Transport>;
