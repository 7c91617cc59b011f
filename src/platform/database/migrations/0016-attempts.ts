import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Every attempt to write a unit, the proofs a confirm may rest on, and when an attempt began and ended. */
export class Attempts1763800000016 implements MigrationInterface {
  name = 'Attempts1763800000016';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE claim
        ADD started_at timestamptz NOT NULL DEFAULT now(),
        ADD ended_at timestamptz,
        DROP CONSTRAINT claim_proof_check,
        ADD CONSTRAINT claim_proof_check
          CHECK (proof IN ('digest', 'secret', 'fingerprint', 'login', 'word'));
      UPDATE claim SET started_at = created_at,
        ended_at = CASE WHEN state <> 'leased' THEN changed_at END;
      CREATE INDEX claim_sn_idx ON claim (sn) WHERE sn IS NOT NULL;
      CREATE INDEX claim_mac_idx ON claim (mac) WHERE mac IS NOT NULL;
      CREATE INDEX claim_doubted_idx ON claim (order_id, changed_at)
        WHERE state = 'confirmed' AND fail_reason IS NOT NULL;
      CREATE TABLE attempt (
        claim_id bigint NOT NULL,
        attempt integer NOT NULL,
        order_id integer NOT NULL,
        station_id integer NOT NULL,
        slot integer,
        unit text NOT NULL,
        firmware text,
        iccid text,
        outcome text NOT NULL CONSTRAINT attempt_outcome_check
          CHECK (outcome IN ('confirmed', 'failed', 'void')),
        reason text,
        proof text CONSTRAINT attempt_proof_check
          CHECK (proof IN ('digest', 'secret', 'fingerprint', 'login', 'word')),
        is_volatile boolean NOT NULL DEFAULT false,
        started_at timestamptz NOT NULL,
        ended_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT attempt_pkey PRIMARY KEY (claim_id, attempt),
        CONSTRAINT attempt_outcome_proof_check CHECK ((outcome = 'confirmed') = (proof IS NOT NULL))
      );
      CREATE INDEX attempt_order_id_ended_at_idx ON attempt (order_id, ended_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE attempt;
      DROP INDEX claim_doubted_idx;
      DROP INDEX claim_mac_idx;
      DROP INDEX claim_sn_idx;
      ALTER TABLE claim
        DROP CONSTRAINT claim_proof_check,
        ADD CONSTRAINT claim_proof_check CHECK (proof IN ('digest', 'secret')) NOT VALID,
        DROP ended_at,
        DROP started_at;
    `);
  }
}
