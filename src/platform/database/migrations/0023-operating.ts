import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Runs that any copy of the service can abort, tries of a slot, and transcripts of other benches. */
export class Operating1763800000023 implements MigrationInterface {
  name = 'Operating1763800000023';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE run ADD abort_asked_at timestamptz;
      ALTER TABLE run_slot ADD tries integer;
      CREATE TABLE attempt_transcript (
        claim_id bigint NOT NULL CONSTRAINT attempt_transcript_claim_id_fkey REFERENCES claim (id),
        attempt integer NOT NULL,
        station_id integer NOT NULL
          CONSTRAINT attempt_transcript_station_id_fkey REFERENCES station (id),
        lines jsonb NOT NULL,
        kept_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT attempt_transcript_pkey PRIMARY KEY (claim_id, attempt, station_id)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE attempt_transcript;
      ALTER TABLE run_slot DROP tries;
      ALTER TABLE run DROP abort_asked_at;
    `);
  }
}
