import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Every attempt to write a unit, the proofs a confirm may rest on, and when an attempt began and ended.
 *
 * A unit that is claimed by its SN and, at the same moment, by its IMEI and that SN would get two
 * triples: no index can forbid it, for many IMEIs may share an SN. So whoever claims by or with a
 * number waits for others who do, and looks again with fresh eyes.
 */
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
      CREATE FUNCTION claim_numbers_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_advisory_xact_lock(hashtextextended('unit ' || number, 0))
          FROM unnest(ARRAY['sn:' || NEW.sn, 'mac:' || NEW.mac]) AS n (number)
          WHERE number IS NOT NULL;
        IF EXISTS (SELECT FROM claim c WHERE c.unit <> NEW.unit
            AND c.unit IN ('sn:' || NEW.sn, 'mac:' || NEW.mac)
            AND c.state IN ('leased', 'failed', 'confirmed'))
          OR EXISTS (SELECT FROM claim c WHERE c.unit <> NEW.unit AND NEW.unit = 'sn:' || NEW.sn
            AND c.sn = NEW.sn AND c.state IN ('leased', 'failed', 'confirmed'))
          OR EXISTS (SELECT FROM claim c WHERE c.unit <> NEW.unit AND NEW.unit = 'mac:' || NEW.mac
            AND c.mac = NEW.mac AND c.state IN ('leased', 'failed', 'confirmed'))
        THEN
          RAISE EXCEPTION 'the unit holds a triple by another of its numbers'
            USING ERRCODE = 'exclusion_violation', TABLE = 'claim',
              CONSTRAINT = 'claim_numbers_excl';
        END IF;
        RETURN NULL;
      END $$;
      CREATE TRIGGER claim_numbers_excl AFTER INSERT ON claim FOR EACH ROW
        WHEN (NEW.sn IS NOT NULL OR NEW.mac IS NOT NULL)
        EXECUTE FUNCTION claim_numbers_refuse();
      CREATE TRIGGER claim_more_numbers_excl AFTER UPDATE OF sn, mac ON claim FOR EACH ROW
        WHEN (NEW.sn IS DISTINCT FROM OLD.sn OR NEW.mac IS DISTINCT FROM OLD.mac)
        EXECUTE FUNCTION claim_numbers_refuse();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER claim_more_numbers_excl ON claim;
      DROP TRIGGER claim_numbers_excl ON claim;
      DROP FUNCTION claim_numbers_refuse;
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
