import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { constraintOf } from '../../src/platform/database/pg-errors.js';
import { rows } from '../../src/platform/database/query.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';

let database: TestDatabase;

/** One order of seven devices and two stations, written without any of our code. */
beforeAll(async () => {
  database = await createTestDatabase();
  await run(`INSERT INTO product (product_key, name, secret_sealed, registration_mode, allow_plaintext)
    VALUES ('pk', 'p', '', 'off', false)`);
  await run(`INSERT INTO production_order (product_id, state, quantity, naming, provisioning,
      accept_volatile, order_key_sealed) VALUES (1, 'open', 6, '{}', 'device-secret', false, '')`);
  await run(`INSERT INTO order_count (order_id, quota, minted, free) VALUES (1, 3, 7, 7)`);
  await run(`INSERT INTO device (order_id, product_id, name)
    SELECT 1, 1, 'unit' || i FROM generate_series(1, 7) i`);
  await run(`INSERT INTO station (name) VALUES ('one'), ('two')`);
});
afterAll(async () => {
  await database.drop();
});

async function run(sql: string): Promise<object[]> {
  return await rows(database.dataSource, sql);
}

async function brokenBy(sql: string): Promise<string | undefined> {
  try {
    await run(sql);
  } catch (error) {
    return constraintOf(error);
  }
  return undefined;
}

const claim = (device: number, unit: string, state = 'leased', proof = 'NULL') =>
  `INSERT INTO claim (device_id, order_id, station_id, unit, state, proof, lease_until)
   VALUES (${device}, 1, 1, '${unit}', '${state}', ${proof}, now())`;

const attempt = (outcomeAndProof: string) =>
  `INSERT INTO attempt (claim_id, attempt, order_id, station_id, unit, started_at, outcome, proof)
   VALUES (1, 1, 1, 1, 'u1', now(), ${outcomeAndProof})`;

describe('the database, whatever the code does,', () => {
  it('gives a unit one live triple: leased, failed and confirmed count, void does not', async () => {
    expect(await brokenBy(claim(1, 'u1'))).toBeUndefined();
    for (const state of ['leased', 'failed', 'confirmed']) {
      expect(await brokenBy(claim(2, 'u1', state, `'digest'`))).toBe('claim_unit_key');
      await run(`UPDATE claim SET state = '${state}', proof = 'digest' WHERE unit = 'u1'`);
      expect(await brokenBy(claim(2, 'u1'))).toBe('claim_unit_key');
    }
    await run(`UPDATE claim SET state = 'void' WHERE unit = 'u1'`);
    expect(await brokenBy(claim(2, 'u1'))).toBeUndefined();
    expect(await brokenBy(`UPDATE claim SET state = 'leased' WHERE device_id = 1`)).toBe(
      'claim_unit_key',
    );
  });

  it('gives no second triple by another number, while many IMEIs may share an SN', async () => {
    const by = (device: number, unit: string, numbers: string) =>
      `INSERT INTO claim (device_id, order_id, station_id, unit, sn, mac, state, lease_until)
       VALUES (${device}, 1, 1, '${unit}', ${numbers}, 'leased', now())`;
    expect(await brokenBy(by(4, 'sn:S', `'S', NULL`))).toBeUndefined();
    expect(await brokenBy(by(5, 'imei:A', `'S', NULL`))).toBe('claim_numbers_excl');
    await run(`UPDATE claim SET state = 'void' WHERE unit = 'sn:S'`);
    expect(await brokenBy(by(5, 'imei:A', `'S', 'M'`))).toBeUndefined();
    expect(await brokenBy(by(6, 'imei:B', `'S', 'M'`))).toBeUndefined();
    expect(await brokenBy(by(7, 'sn:S', `'S', NULL`))).toBe('claim_numbers_excl');
    expect(await brokenBy(by(7, 'mac:M', `NULL, 'M'`))).toBe('claim_numbers_excl');
    expect(await brokenBy(by(7, 'sn:T', `'T', 'M'`))).toBeUndefined();
  });

  it('gives a triple to one unit over all history, also after a void', async () => {
    expect(await brokenBy(claim(1, 'u2'))).toBe('claim_device_id_key');
    expect(await brokenBy(claim(1, 'u2', 'void'))).toBe('claim_device_id_key');
    expect(await brokenBy(`UPDATE claim SET device_id = 2 WHERE device_id = 1`)).toBe(
      'claim_device_id_key',
    );
  });

  it.each([
    ['claim_state_check', claim(3, 'u3', 'free')],
    ['claim_proof_check', claim(3, 'u3', 'confirmed', `'guess'`)],
    ['claim_state_proof_check', claim(3, 'u3', 'confirmed')],
    ['claim_device_id_fkey', claim(99, 'u3')],
    ['claim_station_id_fkey', claim(3, 'u3').replace('1, 1,', '1, 99,')],
    ['attempt_outcome_check', attempt(`'aborted', NULL`)],
    ['attempt_proof_check', attempt(`'confirmed', 'guess'`)],
    ['attempt_outcome_proof_check', attempt(`'confirmed', NULL`)],
    ['attempt_outcome_proof_check', attempt(`'failed', 'word'`)],
    ['attempt_pkey', `${attempt(`'failed', NULL`)}, (1, 1, 1, 1, 'u1', now(), 'void', NULL)`],
    ['device_state_check', `UPDATE device SET state = 'failed' WHERE id = 3`],
    ['device_product_id_name_key', `UPDATE device SET name = 'unit4' WHERE id = 3`],
    ['order_count_shown_check', 'UPDATE order_count SET shown = 4'],
    ['order_count_shown_check', 'UPDATE order_count SET shown = -1'],
    ['order_count_minted_check', 'UPDATE order_count SET leased = 1'],
    ['order_count_free_check', 'UPDATE order_count SET free = -1, leased = 8'],
    ['order_count_leased_check', 'UPDATE order_count SET leased = -1, failed = 1'],
    ['order_count_failed_check', 'UPDATE order_count SET failed = -1, leased = 1'],
    ['order_count_confirmed_check', 'UPDATE order_count SET confirmed = -1, leased = 1'],
    ['order_count_issued_check', 'UPDATE order_count SET issued = -1, leased = 1'],
    ['order_count_void_check', 'UPDATE order_count SET void = -1, leased = 1'],
    ['station_name_key', `INSERT INTO station (name) VALUES ('one')`],
    [
      'station_slot_pkey',
      `INSERT INTO station_slot (station_id, slot, port) VALUES (1, 1, 'a'), (1, 1, 'b')`,
    ],
    [
      'station_slot_station_id_port_key',
      `INSERT INTO station_slot (station_id, slot, port) VALUES (1, 1, 'a'), (1, 2, 'a')`,
    ],
    [
      'station_slot_slot_check',
      `INSERT INTO station_slot (station_id, slot, port) VALUES (1, 0, 'a')`,
    ],
    [
      'station_slot_station_id_fkey',
      `INSERT INTO station_slot (station_id, slot, port) VALUES (99, 1, 'a')`,
    ],
    ['order_station_pkey', 'INSERT INTO order_station VALUES (1, 1), (1, 1)'],
    ['order_station_order_id_fkey', 'INSERT INTO order_station VALUES (99, 1)'],
    ['order_station_station_id_fkey', 'INSERT INTO order_station VALUES (1, 99)'],
    [
      'api_key_role_station_id_check',
      `INSERT INTO api_key (name, role, prefix, digest) VALUES ('x', 'station', 'tm_', '')`,
    ],
  ])('holds %s', async (constraint, sql) => {
    expect(await brokenBy(sql)).toBe(constraint);
  });
});
