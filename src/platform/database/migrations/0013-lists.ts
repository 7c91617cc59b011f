import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Lists of names and imports of triples.
 *
 * Staged rows and their errors come before the order that they are for, so they name it without a
 * foreign key; `order_upload` says which of them somebody still works on.
 */
export class Lists1763800000013 implements MigrationInterface {
  name = 'Lists1763800000013';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE production_order
        DROP CONSTRAINT production_order_kind_check,
        ADD CONSTRAINT production_order_kind_check CHECK (kind IN ('mint', 'import', 'standing')),
        DROP CONSTRAINT production_order_quantity_check,
        ADD CONSTRAINT production_order_quantity_check CHECK
          (CASE kind WHEN 'standing' THEN quantity = 0 ELSE quantity BETWEEN 1 AND 10000000 END);
      CREATE TABLE given_secret (
        device_id bigint NOT NULL
          CONSTRAINT given_secret_pkey PRIMARY KEY
          CONSTRAINT given_secret_device_id_fkey REFERENCES device (id),
        sealed bytea NOT NULL
      );
      CREATE TABLE order_upload (
        order_id integer NOT NULL CONSTRAINT order_upload_pkey PRIMARY KEY,
        touched_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE TABLE staged_device (
        order_id integer NOT NULL,
        place integer NOT NULL,
        line integer NOT NULL,
        name text COLLATE "C" NOT NULL,
        sealed bytea,
        CONSTRAINT staged_device_pkey PRIMARY KEY (order_id, place)
      );
      CREATE TABLE order_row_error (
        order_id integer NOT NULL,
        line integer NOT NULL,
        "column" text COLLATE "C" NOT NULL,
        code text NOT NULL,
        value text,
        CONSTRAINT order_row_error_pkey PRIMARY KEY (order_id, line, "column")
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE order_row_error;
      DROP TABLE staged_device;
      DROP TABLE order_upload;
      DROP TABLE given_secret;
      ALTER TABLE production_order
        DROP CONSTRAINT production_order_kind_check,
        ADD CONSTRAINT production_order_kind_check CHECK (kind IN ('mint', 'standing')) NOT VALID,
        DROP CONSTRAINT production_order_quantity_check,
        ADD CONSTRAINT production_order_quantity_check CHECK
          (CASE kind WHEN 'mint' THEN quantity BETWEEN 1 AND 10000000 ELSE quantity = 0 END)
          NOT VALID;
    `);
  }
}
