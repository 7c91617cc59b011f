import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Runs of a jig and what came of each slot. */
export class Runs1763800000007 implements MigrationInterface {
  name = 'Runs1763800000007';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE run (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT run_pkey PRIMARY KEY,
        station_id integer NOT NULL CONSTRAINT run_station_id_fkey REFERENCES station (id),
        order_id integer NOT NULL
          CONSTRAINT run_order_id_fkey REFERENCES production_order (id),
        state text NOT NULL CONSTRAINT run_state_check
          CHECK (state IN ('running', 'done', 'aborted')),
        started_at timestamptz NOT NULL DEFAULT now(),
        alive_at timestamptz NOT NULL DEFAULT now(),
        ended_at timestamptz
      );
      CREATE UNIQUE INDEX run_station_id_key ON run (station_id) WHERE state = 'running';
      CREATE TABLE run_slot (
        run_id bigint NOT NULL CONSTRAINT run_slot_run_id_fkey REFERENCES run (id),
        slot integer NOT NULL,
        port text NOT NULL,
        dialect text NOT NULL,
        outcome text CONSTRAINT run_slot_outcome_check
          CHECK (outcome IN ('PASS', 'FAIL', 'ERROR', 'TIMEOUT', 'ABORTED')),
        reason text,
        detail text,
        unit text,
        device_name text,
        claim_id bigint,
        is_volatile boolean NOT NULL DEFAULT false,
        duration_ms integer,
        transcript jsonb,
        CONSTRAINT run_slot_pkey PRIMARY KEY (run_id, slot)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE run_slot;
      DROP TABLE run;
    `);
  }
}
