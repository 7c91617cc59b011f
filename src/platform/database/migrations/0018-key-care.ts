import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which master keys each copy of the service has, and orders that wait for an admin after a restore. */
export class KeyCare1763800000018 implements MigrationInterface {
  name = 'KeyCare1763800000018';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE service_copy ADD master_kids text[], ADD seals_with text;
      ALTER TABLE production_order ADD held_at timestamptz;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE production_order DROP held_at;
      ALTER TABLE service_copy DROP master_kids, DROP seals_with;
    `);
  }
}
