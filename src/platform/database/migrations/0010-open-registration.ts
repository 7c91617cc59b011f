import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Registration without pre-registration: the standing order of a product, and tokens of units. */
export class OpenRegistration1763800000010 implements MigrationInterface {
  name = 'OpenRegistration1763800000010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE production_order
        ADD kind text NOT NULL DEFAULT 'mint'
          CONSTRAINT production_order_kind_check CHECK (kind IN ('mint', 'standing')),
        DROP CONSTRAINT production_order_quantity_check,
        ADD CONSTRAINT production_order_quantity_check CHECK
          (CASE kind WHEN 'mint' THEN quantity BETWEEN 1 AND 10000000 ELSE quantity = 0 END);
      CREATE UNIQUE INDEX production_order_standing_key ON production_order (product_id)
        WHERE kind = 'standing' AND state = 'open';
      CREATE TABLE device_token (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT device_token_pkey PRIMARY KEY,
        device_id bigint NOT NULL
          CONSTRAINT device_token_device_id_fkey REFERENCES device (id),
        order_id integer NOT NULL
          CONSTRAINT device_token_order_id_fkey REFERENCES production_order (id),
        client_id text COLLATE "C" NOT NULL CONSTRAINT device_token_client_id_key UNIQUE,
        registered_from text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        activated_at timestamptz,
        void_at timestamptz
      );
      CREATE INDEX device_token_device_id_idx ON device_token (device_id, id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE device_token;
      DROP INDEX production_order_standing_key;
      ALTER TABLE production_order
        DROP CONSTRAINT production_order_quantity_check,
        DROP kind,
        ADD CONSTRAINT production_order_quantity_check
          CHECK (quantity BETWEEN 1 AND 10000000) NOT VALID;
    `);
  }
}
