import { Check, Column, Entity, PrimaryColumn, Unique } from 'typeorm';

/** One link of the chain over the history: the digests of the rows it covers. */
@Entity('audit_seal')
@Unique('audit_seal_last_id_key', ['lastId'])
@Check('audit_seal_seq_check', 'seq > 0')
@Check('audit_seal_entries_check', 'octet_length(entries) > 0 AND octet_length(entries) % 40 = 0')
@Check('audit_seal_hash_check', 'octet_length(hash) = 32')
export class AuditSealEntity {
  @PrimaryColumn({ type: 'bigint', primaryKeyConstraintName: 'audit_seal_pkey' })
  readonly seq!: string;

  @Column({ name: 'last_id', type: 'bigint' })
  readonly lastId!: string;

  @Column({ name: 'sealed_at', type: 'timestamptz' })
  readonly sealedAt!: Date;

  @Column({ type: 'bytea' })
  readonly entries!: Buffer;

  @Column({ type: 'bytea' })
  readonly hash!: Buffer;
}
