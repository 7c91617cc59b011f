import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The chain of seals over the history. */
export class AuditSeals1763800000011 implements MigrationInterface {
  name = 'AuditSeals1763800000011';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE audit_seal (
        seq bigint NOT NULL CONSTRAINT audit_seal_pkey PRIMARY KEY
          CONSTRAINT audit_seal_seq_check CHECK (seq > 0),
        last_id bigint NOT NULL CONSTRAINT audit_seal_last_id_key UNIQUE,
        sealed_at timestamptz NOT NULL,
        entries bytea NOT NULL CONSTRAINT audit_seal_entries_check
          CHECK (octet_length(entries) > 0 AND octet_length(entries) % 40 = 0),
        hash bytea NOT NULL CONSTRAINT audit_seal_hash_check CHECK (octet_length(hash) = 32)
      );
      -- Digests cannot be compressed; trying costs more than sealing.
      ALTER TABLE audit_seal ALTER entries SET STORAGE EXTERNAL;
      CREATE FUNCTION audit_seal_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'audit_seal is append-only' USING ERRCODE = 'restrict_violation';
      END $$;
      CREATE TRIGGER audit_seal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seal
        FOR EACH STATEMENT EXECUTE FUNCTION audit_seal_refuse_change();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE audit_seal;
      DROP FUNCTION audit_seal_refuse_change();
    `);
  }
}
