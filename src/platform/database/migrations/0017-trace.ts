import type { MigrationInterface, QueryRunner } from 'typeorm';

/** By what units are traced and counted, and what needs attention is found; when a device registered. */
export class Trace1763800000017 implements MigrationInterface {
  name = 'Trace1763800000017';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE INDEX claim_iccid_id_idx ON claim (iccid, id) WHERE iccid IS NOT NULL;
      CREATE INDEX claim_void_unit_id_idx ON claim (unit, id) WHERE state = 'void';
      CREATE INDEX claim_open_id_idx ON claim (id) WHERE state IN ('leased', 'failed');
      CREATE INDEX attempt_station_id_slot_ended_at_idx ON attempt (station_id, slot, ended_at);
      CREATE INDEX attempt_again_idx ON attempt (order_id, ended_at) WHERE attempt > 1;
      CREATE INDEX run_slot_claim_id_idx ON run_slot (claim_id) WHERE claim_id IS NOT NULL;
      CREATE INDEX run_slot_unit_run_id_idx ON run_slot (unit, run_id) WHERE claim_id IS NULL;
      CREATE INDEX audit_event_order_id_id_idx ON audit_event (order_id, id)
        WHERE order_id IS NOT NULL;
      CREATE INDEX audit_event_claim_id_id_idx ON audit_event (claim_id, id)
        WHERE claim_id IS NOT NULL;
      ALTER TABLE device ADD registered_at timestamptz;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE device DROP registered_at;
      DROP INDEX audit_event_claim_id_id_idx;
      DROP INDEX audit_event_order_id_id_idx;
      DROP INDEX run_slot_unit_run_id_idx;
      DROP INDEX run_slot_claim_id_idx;
      DROP INDEX attempt_again_idx;
      DROP INDEX attempt_station_id_slot_ended_at_idx;
      DROP INDEX claim_open_id_idx;
      DROP INDEX claim_void_unit_id_idx;
      DROP INDEX claim_iccid_id_idx;
    `);
  }
}
