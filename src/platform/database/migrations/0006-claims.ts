import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A station's hold on one triple for one unit. */
export class Claims1763800000006 implements MigrationInterface {
  name = 'Claims1763800000006';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE claim (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT claim_pkey PRIMARY KEY,
        device_id bigint NOT NULL
          CONSTRAINT claim_device_id_key UNIQUE
          CONSTRAINT claim_device_id_fkey REFERENCES device (id),
        order_id integer NOT NULL,
        station_id integer NOT NULL CONSTRAINT claim_station_id_fkey REFERENCES station (id),
        slot integer,
        unit text NOT NULL,
        imei text,
        sn text,
        mac text,
        iccid text,
        firmware text,
        state text NOT NULL CONSTRAINT claim_state_check
          CHECK (state IN ('leased', 'failed', 'confirmed', 'void')),
        attempt integer NOT NULL DEFAULT 1,
        lease_until timestamptz NOT NULL,
        proof text CONSTRAINT claim_proof_check CHECK (proof IN ('digest', 'secret')),
        is_volatile boolean NOT NULL DEFAULT false,
        fail_reason text,
        created_at timestamptz NOT NULL DEFAULT now(),
        changed_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT claim_state_proof_check CHECK ((state = 'confirmed') <= (proof IS NOT NULL))
      );
      CREATE UNIQUE INDEX claim_unit_key ON claim (unit)
        WHERE state IN ('leased', 'failed', 'confirmed');
      CREATE INDEX claim_leased_idx ON claim (order_id, lease_until) WHERE state = 'leased';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE claim;
    `);
  }
}
