import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The keys that seal values, known to the database by a check value only. */
export class MasterKey1763800000001 implements MigrationInterface {
  name = 'MasterKey1763800000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE master_key (
        kid text CONSTRAINT master_key_pkey PRIMARY KEY,
        check_value bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        retired_at timestamptz
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE master_key;`);
  }
}
