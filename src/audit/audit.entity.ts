import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A row of the append-only history. */
@Entity('audit_event')
@Index('audit_event_order_id_id_idx', ['orderId', 'id'], { where: '(order_id IS NOT NULL)' })
@Index('audit_event_claim_id_id_idx', ['claimId', 'id'], { where: '(claim_id IS NOT NULL)' })
export class AuditEventEntity {
  @PrimaryColumn({
    type: 'bigint',
    generated: 'identity',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'audit_event_pkey',
  })
  readonly id!: string;

  @Column({ type: 'timestamptz', default: () => 'clock_timestamp()' })
  readonly at!: Date;

  @Column({ type: 'text' })
  readonly action!: string;

  @Column({ type: 'text' })
  readonly actor!: string;

  @Column({ type: 'text', nullable: true })
  readonly address!: string | null;

  @Column({ name: 'product_key', type: 'text', nullable: true })
  readonly productKey!: string | null;

  @Column({ name: 'device_name', type: 'text', nullable: true })
  readonly deviceName!: string | null;

  @Column({ name: 'order_id', type: 'integer', nullable: true })
  readonly orderId!: number | null;

  @Column({ name: 'claim_id', type: 'bigint', nullable: true })
  readonly claimId!: string | null;

  @Column({ type: 'text', nullable: true })
  readonly unit!: string | null;

  @Column({ type: 'jsonb', default: {} })
  readonly detail!: Record<string, unknown>;
}
