import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What happened in a run, numbered, and a way to the latest runs of a station. */
export class RunEvents1763800000020 implements MigrationInterface {
  name = 'RunEvents1763800000020';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE run_event (
        run_id bigint NOT NULL CONSTRAINT run_event_run_id_fkey REFERENCES run (id),
        id integer NOT NULL,
        type text NOT NULL CONSTRAINT run_event_type_check
          CHECK (type IN ('run.started', 'slot.phase', 'slot.ended', 'run.ended')),
        slot integer,
        phase text,
        at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT run_event_pkey PRIMARY KEY (run_id, id)
      );
      CREATE INDEX run_station_id_started_at_idx ON run (station_id, started_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX run_station_id_started_at_idx;
      DROP TABLE run_event;
    `);
  }
}
