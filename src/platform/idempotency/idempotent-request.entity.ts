import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A request that was done under a key, with what a repeat of it is answered. */
@Entity('idempotent_request')
@Index('idempotent_request_created_at_idx', ['createdAt'])
@Check('idempotent_request_key_check', `char_length(key) BETWEEN 1 AND 255`)
@Check('idempotent_request_fingerprint_check', `octet_length(fingerprint) = 32`)
@Check('idempotent_request_status_check', `status BETWEEN 200 AND 399`)
@Check(
  'idempotent_request_body_digest_check',
  `CASE WHEN digest IS NULL THEN reference IS NULL ELSE body IS NULL AND octet_length(digest) = 32 END`,
)
export class IdempotentRequestEntity {
  /** No foreign key: keys of the API are never deleted, and the row lives for a week. */
  @PrimaryColumn({
    name: 'api_key_id',
    type: 'integer',
    primaryKeyConstraintName: 'idempotent_request_pkey',
  })
  readonly apiKeyId!: number;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'idempotent_request_pkey' })
  readonly key!: string;

  @Column({ type: 'bytea' })
  readonly fingerprint!: Buffer;

  @Column({ type: 'smallint' })
  readonly status!: number;

  /** The answer as it went out; null for an empty one, and for one that showed a secret. */
  @Column({ type: 'text', nullable: true })
  readonly body!: string | null;

  /** By what an answer that showed a secret is built again; null when it cannot be. */
  @Column({ type: 'text', nullable: true })
  readonly reference!: string | null;

  /** SHA-256 of an answer that showed a secret: what is built again must be the same. */
  @Column({ type: 'bytea', nullable: true })
  readonly digest!: Buffer | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  readonly createdAt!: Date;
}
