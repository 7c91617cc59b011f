import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Stations with their slots and orders, and the keys that open the API. */
export class Access1763800000005 implements MigrationInterface {
  name = 'Access1763800000005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE station (
        id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT station_pkey PRIMARY KEY,
        name text NOT NULL CONSTRAINT station_name_key UNIQUE,
        line text,
        created_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE TABLE station_slot (
        station_id integer NOT NULL
          CONSTRAINT station_slot_station_id_fkey REFERENCES station (id),
        slot integer NOT NULL CONSTRAINT station_slot_slot_check CHECK (slot BETWEEN 1 AND 999),
        port text NOT NULL,
        dialect text,
        CONSTRAINT station_slot_pkey PRIMARY KEY (station_id, slot),
        CONSTRAINT station_slot_station_id_port_key UNIQUE (station_id, port)
      );
      CREATE TABLE order_station (
        order_id integer NOT NULL
          CONSTRAINT order_station_order_id_fkey REFERENCES production_order (id),
        station_id integer NOT NULL
          CONSTRAINT order_station_station_id_fkey REFERENCES station (id),
        CONSTRAINT order_station_pkey PRIMARY KEY (order_id, station_id)
      );
      CREATE TABLE api_key (
        id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT api_key_pkey PRIMARY KEY,
        name text NOT NULL,
        role text NOT NULL CONSTRAINT api_key_role_check CHECK (role IN ('admin', 'station')),
        station_id integer CONSTRAINT api_key_station_id_fkey REFERENCES station (id),
        prefix text NOT NULL,
        digest bytea NOT NULL CONSTRAINT api_key_digest_key UNIQUE,
        created_at timestamptz NOT NULL DEFAULT now(),
        revoked_at timestamptz,
        CONSTRAINT api_key_role_station_id_check
          CHECK ((role = 'station') = (station_id IS NOT NULL))
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE api_key;
      DROP TABLE order_station;
      DROP TABLE station_slot;
      DROP TABLE station;
    `);
  }
}
