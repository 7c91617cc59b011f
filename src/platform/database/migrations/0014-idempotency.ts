import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Requests done under a key, with what their repeats are answered. */
export class Idempotency1763800000014 implements MigrationInterface {
  name = 'Idempotency1763800000014';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE idempotent_request (
        api_key_id integer NOT NULL,
        key text NOT NULL
          CONSTRAINT idempotent_request_key_check CHECK (char_length(key) BETWEEN 1 AND 255),
        fingerprint bytea NOT NULL
          CONSTRAINT idempotent_request_fingerprint_check CHECK (octet_length(fingerprint) = 32),
        status smallint NOT NULL
          CONSTRAINT idempotent_request_status_check CHECK (status BETWEEN 200 AND 399),
        body text,
        holes text,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT idempotent_request_pkey PRIMARY KEY (api_key_id, key),
        CONSTRAINT idempotent_request_body_holes_check
          CHECK ((holes IS NOT NULL) <= (body IS NOT NULL))
      );
      CREATE INDEX idempotent_request_created_at_idx ON idempotent_request (created_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE idempotent_request');
  }
}
