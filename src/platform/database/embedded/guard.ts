import { Client } from 'pg';
import { sqlStateOf } from '../pg-errors.js';
import { roleName } from './cluster.js';
import type { Place } from './place.js';

/**
 * Our seat at the server: a connection that holds a shared advisory lock as long as we live.
 *
 * Every process that uses the cluster holds one. Who can take the lock alone is the last and stops
 * the server; a newcomer waits meanwhile. PostgreSQL drops the seat of a killed process by itself, so
 * there is nothing to clean up.
 */
export interface Guard {
  /** Resolves when the connection is gone, for whatever reason. */
  readonly lost: Promise<void>;
  /** Gives the seat up; true if nobody else has one, and then nobody can take one until `close`. */
  leave(): Promise<boolean>;
  close(): Promise<void>;
}

/** Why a seat could not be taken. Shape: `starting` means the server is up but still recovering. */
export type GuardRefusal = 'refused' | 'starting' | 'foreign';

const lockName = 'triplemint/embedded';
const connectTimeoutMs = 2_000;

/** The connection settings of the embedded server. */
function clientFor(place: Place, port: number): Client {
  return new Client({
    host: '127.0.0.1',
    port,
    user: roleName,
    password: place.password.expose(),
    database: 'postgres',
    application_name: 'triplemint-guard',
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
  });
}

/**
 * Takes a seat at the server on a port, and makes sure that our database is there.
 *
 * Shape: a refusal is an answer here, not an error: the caller tries again.
 */
export async function takeSeat(place: Place, port: number): Promise<Guard | GuardRefusal> {
  const client = clientFor(place, port);
  const lost = new Promise<void>((resolve) => {
    client.once('end', resolve);
    client.on('error', () => {
      resolve();
    });
  });
  try {
    await client.connect();
    await client.query('SELECT pg_advisory_lock_shared(hashtextextended($1, 0))', [lockName]);
    await makeDatabase(client);
  } catch (error) {
    void client.end().catch(() => undefined);
    return refusalOf(error);
  }
  return {
    lost,
    leave: async () => await leave(client),
    close: async () => {
      await client.end().catch(() => undefined);
    },
  };
}

/**
 * First the own shared lock goes, then the exclusive one is tried: of two that leave together at
 * least one sees that he is the last.
 */
async function leave(client: Client): Promise<boolean> {
  await client.query('SELECT pg_advisory_unlock_shared(hashtextextended($1, 0))', [lockName]);
  const { rows } = await client.query<{ isLast: boolean }>(
    'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS "isLast"',
    [lockName],
  );
  return rows[0]?.isLast === true;
}

async function makeDatabase(client: Client): Promise<void> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [
    roleName,
  ]);
  if (rowCount !== 0) return;
  try {
    await client.query(`CREATE DATABASE ${roleName}`);
  } catch (error) {
    // Another start was faster: duplicate_database, or unique_violation in the catalogue.
    const state = sqlStateOf(error);
    if (state !== '42P04' && state !== '23505') throw error;
  }
}

function refusalOf(error: unknown): GuardRefusal {
  const state = sqlStateOf(error);
  if (state === '57P03') return 'starting';
  // invalid_password, invalid_authorization_specification: not our server, or not our password.
  return state === '28P01' || state === '28000' ? 'foreign' : 'refused';
}
