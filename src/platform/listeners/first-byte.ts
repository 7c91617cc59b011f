import type { Duplex } from 'node:stream';

/** How a connection reached us. */
export interface ConnectionContext {
  readonly transport: 'tcp' | 'tls' | 'ws' | 'wss';
  /** Shape: an IP address; IPv4 in its own form, not mapped into IPv6. */
  readonly remoteAddress: string;
  readonly isEncrypted: boolean;
}

/**
 * Takes over a connection; its first bytes are still to be read.
 *
 * Shape: `settled` is called when its first packet is complete. Until then the connection is half
 * open: it has one deadline from its first moment on, and is the first to go when there are too many.
 */
export type StreamHandler = (
  stream: Duplex,
  context: ConnectionContext,
  settled: () => void,
) => void;

/** Takes a connection whose first byte is known. */
type Taker = (stream: Duplex, settled: () => void) => void;

/** What happens to a connection once its first byte is known. Units: ms until it must be settled. */
export interface FirstByteOptions {
  readonly timeoutMs: number;
  /** Answers who takes the connection; undefined drops it. */
  readonly choose: (firstByte: number) => Taker | undefined;
  /** Hears of a handler that threw; the connection is dropped then. */
  readonly onTrouble: (error: unknown) => void;
}

/**
 * Waits for the first byte of a connection and gives the connection to who wants it.
 *
 * Shape: what was read is put back, so the taker reads from the start. One that is not settled in
 * time, first byte or not, is dropped. Errors of the stream never reach the process: a listener
 * stays on it.
 */
export function dispatchByFirstByte(stream: Duplex, options: FirstByteOptions): void {
  stream.on('error', ignore);
  const timer = setTimeout(() => stream.destroy(), options.timeoutMs);
  const settled = (): void => {
    clearTimeout(timer);
    stream.off('close', settled);
  };
  const leave = (): void => {
    stream.off('readable', look).off('end', drop).off('close', leave);
  };
  const drop = (): void => {
    leave();
    stream.destroy();
  };
  const look = (): void => {
    const chunk: unknown = stream.read();
    if (!(chunk instanceof Buffer) || chunk.length === 0) return;
    leave();
    stream.unshift(chunk);
    hand(stream, options, chunk.readUInt8(0), settled);
  };
  stream.on('readable', look).on('end', drop).on('close', leave).on('close', settled);
}

function hand(
  stream: Duplex,
  { choose, onTrouble }: FirstByteOptions,
  firstByte: number,
  settled: () => void,
): void {
  try {
    const take = choose(firstByte);
    if (take) take(stream, settled);
    else stream.destroy();
  } catch (error) {
    stream.destroy();
    onTrouble(error);
  }
}

/** Describes the socket under a connection. Shape: unknown addresses (already closed) are `''`. */
export function contextOf(
  transport: ConnectionContext['transport'],
  socket: { readonly remoteAddress?: string | undefined },
): ConnectionContext {
  return {
    transport,
    remoteAddress: (socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, ''),
    isEncrypted: transport === 'tls' || transport === 'wss',
  };
}

function ignore(): void {
  // A connection that breaks also closes, and 'close' is what counts.
}
