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
}
