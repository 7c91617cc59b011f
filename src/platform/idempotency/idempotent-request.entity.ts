import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A request that was done under a key, with what a repeat of it is answered. */
@Entity('idempotent_request')
@Index('idempotent_request_created_at_idx', ['createdAt'])
@Check('idempotent_request_key_check', `char_length(key) BETWEEN 1 AND 255`)
@Check('idempotent_request_fingerprint_check', `octet_length(fingerprint) = 32`)
@Check('idempotent_request_status_check', `status BETWEEN 200 AND 399`)
@Check('idempotent_request_body_holes_check', `(holes IS NOT NULL) <= (body IS NOT NULL)`)
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

  /** The answer as it went out, with null where a secret stood; null for an empty one. */
  @Column({ type: 'text', nullable: true })
  readonly body!: string | null;

  /** Where secrets stood in the answer, and by what each of them is found again. */
  @Column({ type: 'text', nullable: true })
  readonly holes!: string | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  readonly createdAt!: Date;
}
