import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A running copy of the service; it lives as long as its seat is held. */
@Entity('service_copy')
export class ServiceCopyEntity {
  @PrimaryColumn({
    type: 'integer',
    generated: 'identity',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'service_copy_pkey',
  })
  readonly id!: number;

  @Column({ name: 'started_at', type: 'timestamptz', default: () => 'now()' })
  readonly startedAt!: Date;

  /** The master keys that this copy has; null: it has not said so yet. */
  @Column({ name: 'master_kids', type: 'text', array: true, nullable: true })
  readonly masterKids!: string[] | null;

  /** The master key that this copy seals with. */
  @Column({ name: 'seals_with', type: 'text', nullable: true })
  readonly sealsWith!: string | null;
}
