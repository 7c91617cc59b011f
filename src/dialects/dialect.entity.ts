import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** A dialect that an engineer has added, as it is now. */
@Entity('dialect')
@Check('dialect_id_check', `id ~ '^[a-z0-9-]{2,40}$'`)
export class DialectEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'dialect_pkey' })
  readonly id!: string;

  @Column({ type: 'jsonb' })
  readonly body!: object;

  @Column({ type: 'integer', default: 1 })
  readonly revision!: number;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  readonly createdAt!: Date;

  @Column({ name: 'created_by', type: 'text' })
  readonly createdBy!: string;

  @Column({ name: 'changed_at', type: 'timestamptz', default: () => 'now()' })
  readonly changedAt!: Date;

  @Column({ name: 'changed_by', type: 'text' })
  readonly changedBy!: string;
}
