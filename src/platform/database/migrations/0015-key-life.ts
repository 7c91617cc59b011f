import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keys for engineers and auditors, the life of a key, and stations taken out of service. */
export class KeyLife1763800000015 implements MigrationInterface {
  name = 'KeyLife1763800000015';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE api_key
        DROP CONSTRAINT api_key_role_check,
        ADD CONSTRAINT api_key_role_check
          CHECK (role IN ('admin', 'engineer', 'auditor', 'station')),
        ADD expires_at timestamptz,
        ADD rotated_from integer
          CONSTRAINT api_key_rotated_from_fkey REFERENCES api_key (id),
        ADD valid_until timestamptz,
        ADD max_per_second integer
          CONSTRAINT api_key_max_per_second_check CHECK (max_per_second BETWEEN 0 AND 100000),
        ADD last_used_at timestamptz,
        ADD last_used_from text;
      CREATE UNIQUE INDEX api_key_rotated_from_key ON api_key (rotated_from)
        WHERE revoked_at IS NULL;
      ALTER TABLE station ADD disabled_at timestamptz;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE station DROP disabled_at;
      DROP INDEX api_key_rotated_from_key;
      ALTER TABLE api_key
        DROP last_used_from,
        DROP last_used_at,
        DROP max_per_second,
        DROP valid_until,
        DROP rotated_from,
        DROP expires_at,
        DROP CONSTRAINT api_key_role_check,
        ADD CONSTRAINT api_key_role_check CHECK (role IN ('admin', 'station')) NOT VALID;
    `);
  }
}
