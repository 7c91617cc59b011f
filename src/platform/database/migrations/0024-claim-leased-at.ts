import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * When a claim was last handed out.
 *
 * What stands there already keeps the begin of its attempt as the border for its logins: a constant
 * default costs no rewrite of the table.
 */
export class ClaimLeasedAt1763800000024 implements MigrationInterface {
  name = 'ClaimLeasedAt1763800000024';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE claim ADD leased_at timestamptz NOT NULL DEFAULT '-infinity';
      ALTER TABLE claim ALTER leased_at SET DEFAULT now();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE claim DROP leased_at');
  }
}
