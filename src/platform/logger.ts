import { destination, pino } from 'pino';
import type { DestinationStream, Logger as PinoLogger } from 'pino';
import { DomainError } from '../core/errors.js';

/** The logger: `log.info({ deviceName }, 'triple.claimed')`, an event name and fields. */
export type Logger = PinoLogger;
/** Injection token of the logger. */
export const LOGGER = Symbol('Logger');

/**
 * Reduces an error to what may be logged.
 *
 * Shape: type, message, code, constraint, stack and the cause in the same form. Everything else is
 * dropped: `QueryFailedError.parameters` and PostgreSQL's `detail` hold secrets.
 */
export function serializeError(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  return {
    type: error.constructor.name,
    message: safeMessage(error),
    ...(typeof code === 'string' && { code }),
    ...(typeof constraint === 'string' && { constraint }),
    stack: stackFrames(error),
    ...(error.cause !== undefined &&
      depth < 3 && { cause: serializeError(error.cause, depth + 1) }),
  };
}

/** PostgreSQL quotes values in the messages of some errors; its code and constraint say enough. */
function safeMessage(error: Error): string {
  if (error instanceof DomainError) return error.message;
  const isFromDatabase = 'query' in error || ('severity' in error && 'code' in error);
  return isFromDatabase ? 'database error' : error.message;
}

function stackFrames(error: Error): string {
  const lines = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return lines.map((line) => line.trim()).join('\n');
}

/** Makes the logger of a service: JSON lines on standard error, errors through `serializeError`. */
export function createLogger(
  level: string,
  stream: DestinationStream = destination({ dest: 2, sync: true }),
): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      messageKey: 'event',
      serializers: { err: (error: unknown) => serializeError(error) },
    },
    stream,
  );
}
