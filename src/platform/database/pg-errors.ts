import { QueryFailedError, QueryRunnerAlreadyReleasedError } from 'typeorm';
import { DomainError } from '../../core/errors.js';

/**
 * SQLSTATEs that say "not now, not here" about the server as a whole.
 *
 * Source: PostgreSQL 18 manual, Appendix A: class 08, admin_shutdown, crash_shutdown,
 * cannot_connect_now, database_dropped, too_many_connections, read_only_sql_transaction (a standby).
 */
const awayStates = /^(08...|57P0[1-4]|53300|25006)$/;
/** SQLSTATEs of the classes that name a broken constraint: 23xxx. */
const constraintStates = /^23/;
/** serialization_failure and deadlock_detected: the same work may hold in a new transaction. */
const transientStates: readonly string[] = ['40001', '40P01'];

/**
 * What a database error means to the domain, as far as it can be said without knowing the table.
 *
 * Shape: `undefined` for everything that is no trouble with the connection.
 * Errors: answers (does not throw) `database.away`.
 */
export function databaseError(error: unknown): DomainError | undefined {
  if (!isConnectionTrouble(error)) return undefined;
  return new DomainError('database.away', 'The database does not answer.', {}, { cause: error });
}

/** What to throw for an error of a statement: `database.away` for a lost connection, else itself. */
export function asThrowable(error: unknown): Error {
  const known = databaseError(error);
  if (known) return known;
  return error instanceof Error ? error : new Error('a database error', { cause: error });
}

/** A table from the name of a constraint to the refusal it stands for. */
export type ConstraintTable = Readonly<Record<string, (cause: Error) => DomainError>>;

/**
 * Turns a broken constraint into the refusal a table names for it.
 *
 * Shape: `throw mapConstraint(error, { product_name_key: (cause) => new DomainError(…) })`; an error
 * of any other kind or constraint is answered as it came, so a retry still sees its SQLSTATE.
 */
export function mapConstraint(error: unknown, table: ConstraintTable): Error {
  const name = constraintOf(error);
  const refusal = name !== undefined && Object.hasOwn(table, name) ? table[name] : undefined;
  if (refusal && error instanceof Error) return refusal(error);
  return error instanceof Error ? error : new Error('a database error', { cause: error });
}

/** The name of the constraint that a statement broke (unique, check, foreign key, exclusion). */
export function constraintOf(error: unknown): string | undefined {
  const state = sqlStateOf(error);
  if (state === undefined || !constraintStates.test(state)) return undefined;
  return textField(driverError(error), 'constraint');
}

/** The SQLSTATE of an error, five characters; `undefined` if the server did not send one. */
export function sqlStateOf(error: unknown): string | undefined {
  const code = textField(driverError(error), 'code');
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** Whether the same work may hold when it is run again from its beginning. */
export function isTransient(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state !== undefined && transientStates.includes(state);
}

/**
 * An error of the server has a SQLSTATE. One without came up on our side of the wire: the socket
 * (a system error code) or the client library (a plain Error, such as "terminated unexpectedly").
 */
function isConnectionTrouble(error: unknown): boolean {
  if (error instanceof QueryRunnerAlreadyReleasedError) return true;
  const state = sqlStateOf(error);
  if (state !== undefined) return awayStates.test(state);
  if (!(error instanceof QueryFailedError)) return false;
  const cause: unknown = error.driverError;
  return textField(cause, 'syscall') !== undefined || isPlainError(cause);
}

function isPlainError(error: unknown): boolean {
  return error instanceof Error && error.constructor === Error;
}

function driverError(error: unknown): unknown {
  return error instanceof QueryFailedError ? error.driverError : error;
}

function textField(value: unknown, name: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const field: unknown = (value as Readonly<Record<string, unknown>>)[name];
  return typeof field === 'string' ? field : undefined;
}
