import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What an order asks of a confirm and of a unit: the proofs it accepts, the firmware it wants. */
export class OrderLife1763800000019 implements MigrationInterface {
  name = 'OrderLife1763800000019';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE production_order
        ADD accept_proofs text[] NOT NULL DEFAULT '{digest,secret,fingerprint,login}'
          CONSTRAINT production_order_accept_proofs_check CHECK (cardinality(accept_proofs) > 0
            AND accept_proofs <@ '{digest,secret,fingerprint,login,word}'),
        ADD firmware text[] NOT NULL DEFAULT '{}';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE production_order DROP accept_proofs, DROP firmware');
  }
}
