import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a product lets its modules do, a second product secret, and from where a device registered. */
export class RegistrationPolicy1763800000008 implements MigrationInterface {
  name = 'RegistrationPolicy1763800000008';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE product DROP CONSTRAINT product_registration_mode_check;
      ALTER TABLE product
        ADD CONSTRAINT product_registration_mode_check
          CHECK (registration_mode IN ('off', 'preregistered', 'open')),
        ADD previous_secret_sealed bytea,
        ADD previous_valid_until timestamptz,
        ADD registration_repeat text NOT NULL DEFAULT 'same'
          CONSTRAINT product_registration_repeat_check
            CHECK (registration_repeat IN ('same', 'rotate')),
        ADD registration_quota integer
          CONSTRAINT product_registration_quota_check CHECK (registration_quota >= 0),
        ADD registration_opens_at timestamptz,
        ADD registration_closes_at timestamptz,
        ADD registration_networks text[] NOT NULL DEFAULT '{}',
        ADD registration_max_per_second integer
          CONSTRAINT product_registration_max_per_second_check
            CHECK (registration_max_per_second > 0),
        ADD registration_units_per_name integer NOT NULL DEFAULT 1
          CONSTRAINT product_registration_units_per_name_check
            CHECK (registration_units_per_name BETWEEN 1 AND 5);
      CREATE TABLE product_count (
        product_id integer NOT NULL
          CONSTRAINT product_count_pkey PRIMARY KEY
          CONSTRAINT product_count_product_id_fkey REFERENCES product (id),
        registered integer NOT NULL DEFAULT 0
          CONSTRAINT product_count_registered_check CHECK (registered >= 0)
      ) WITH (fillfactor = 20);
      INSERT INTO product_count (product_id) SELECT id FROM product;
      ALTER TABLE device ADD registered_from text;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE device DROP registered_from;
      DROP TABLE product_count;
      ALTER TABLE product
        DROP registration_units_per_name, DROP registration_max_per_second,
        DROP registration_networks, DROP registration_closes_at, DROP registration_opens_at,
        DROP registration_quota, DROP registration_repeat, DROP previous_valid_until,
        DROP previous_secret_sealed, DROP CONSTRAINT product_registration_mode_check;
      UPDATE product SET registration_mode = 'off' WHERE registration_mode = 'open';
      ALTER TABLE product ADD CONSTRAINT product_registration_mode_check
        CHECK (registration_mode IN ('off', 'preregistered'));
    `);
  }
}
