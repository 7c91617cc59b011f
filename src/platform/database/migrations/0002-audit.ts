import type { MigrationInterface, QueryRunner } from 'typeorm';

/** History that only grows, and the counts of strangers' refusals. */
export class Audit1763800000002 implements MigrationInterface {
  name = 'Audit1763800000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE audit_event (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT audit_event_pkey PRIMARY KEY,
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        action text NOT NULL,
        actor text NOT NULL,
        address text,
        product_key text,
        device_name text,
        order_id integer,
        claim_id bigint,
        unit text,
        detail jsonb NOT NULL DEFAULT '{}'
      );
      CREATE FUNCTION audit_event_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'audit_event is append-only' USING ERRCODE = 'restrict_violation';
      END $$;
      CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event
        FOR EACH STATEMENT EXECUTE FUNCTION audit_event_refuse_change();
      CREATE TABLE stranger_refusal (
        minute timestamptz NOT NULL,
        address text NOT NULL,
        product_key text NOT NULL,
        count integer NOT NULL CONSTRAINT stranger_refusal_count_check CHECK (count > 0),
        CONSTRAINT stranger_refusal_pkey PRIMARY KEY (minute, address, product_key)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE stranger_refusal;
      DROP TABLE audit_event;
      DROP FUNCTION audit_event_refuse_change();
    `);
  }
}
