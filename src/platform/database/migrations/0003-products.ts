import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Products with their sealed secret and registration policy, and their topic classes. */
export class Products1763800000003 implements MigrationInterface {
  name = 'Products1763800000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE product (
        id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT product_pkey PRIMARY KEY,
        product_key text COLLATE "C" NOT NULL CONSTRAINT product_product_key_key UNIQUE,
        name text NOT NULL,
        secret_sealed bytea NOT NULL,
        registration_mode text NOT NULL
          CONSTRAINT product_registration_mode_check CHECK (registration_mode IN ('off', 'preregistered')),
        allow_plaintext boolean NOT NULL,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE TABLE topic_class (
        product_id integer NOT NULL
          CONSTRAINT topic_class_product_id_fkey REFERENCES product (id),
        name text COLLATE "C" NOT NULL,
        operation text NOT NULL
          CONSTRAINT topic_class_operation_check CHECK (operation IN ('PUB', 'SUB', 'ALL')),
        CONSTRAINT topic_class_pkey PRIMARY KEY (product_id, name)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE topic_class;
      DROP TABLE product;
    `);
  }
}
