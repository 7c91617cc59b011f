import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Dialects that engineers add. */
export class Dialects1763800000022 implements MigrationInterface {
  name = 'Dialects1763800000022';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE dialect (
        id text NOT NULL CONSTRAINT dialect_id_check CHECK (id ~ '^[a-z0-9-]{2,40}$'),
        body jsonb NOT NULL,
        revision integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        created_by text NOT NULL,
        changed_at timestamptz NOT NULL DEFAULT now(),
        changed_by text NOT NULL,
        CONSTRAINT dialect_pkey PRIMARY KEY (id)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE dialect');
  }
}
