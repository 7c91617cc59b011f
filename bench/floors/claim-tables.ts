import type { BenchDatabase } from '../server.js';
import { floorClaims, floorCounters } from './claim-names.js';
import { floorTable, makeFloorTable } from './device-table.js';

/**
 * Makes the tables of the floor of claims, copies of our own, with free devices.
 *
 * Shape: answers the order that its rows name.
 */
export async function makeFloorClaims(database: BenchDatabase, quantity: number): Promise<number> {
  const { orderId, productId } = await makeFloorTable(database);
  await database.query(
    `INSERT INTO ${floorTable} (order_id, product_id, name)
     SELECT $1, $2, 'FLOOR_' || lpad(n::text, 8, '0') FROM generate_series(1, $3::integer) n`,
    [orderId, productId, quantity],
  );
  await database.query(`CREATE TABLE ${floorClaims} (LIKE claim INCLUDING ALL)`);
  // What LIKE leaves out: a claim names its device and its station.
  await database.query(`ALTER TABLE ${floorClaims}
    ADD FOREIGN KEY (device_id) REFERENCES ${floorTable} (id),
    ADD FOREIGN KEY (station_id) REFERENCES station (id)`);
  await database.query(`CREATE TABLE ${floorCounters} (LIKE order_count INCLUDING ALL)`);
  await database.query(
    `INSERT INTO ${floorCounters} (order_id, quota, minted, free) VALUES ($1, $2, $2, $2)`,
    [orderId, quantity],
  );
  return orderId;
}
