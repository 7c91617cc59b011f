import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which triples left the service in a file, when, and by whom. */
export class Exports1763800000012 implements MigrationInterface {
  name = 'Exports1763800000012';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE order_export (
        id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT order_export_pkey PRIMARY KEY,
        order_id integer NOT NULL
          CONSTRAINT order_export_order_id_fkey REFERENCES production_order (id),
        exported_at timestamptz NOT NULL DEFAULT now(),
        exported_by text NOT NULL,
        format text NOT NULL,
        recipients text[] NOT NULL,
        first_device_id bigint NOT NULL,
        last_device_id bigint NOT NULL,
        expected integer NOT NULL,
        given integer NOT NULL DEFAULT 0,
        state text NOT NULL DEFAULT 'running' CONSTRAINT order_export_state_check
          CHECK (state IN ('running', 'complete', 'broken_off')),
        seen_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX order_export_order_id_idx ON order_export (order_id, id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE order_export;
    `);
  }
}
