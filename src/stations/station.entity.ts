import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';

/** A bench on a line. */
@Entity('station')
@Unique('station_name_key', ['name'])
export class StationEntity {
  @PrimaryColumn({
    type: 'integer',
    generated: 'identity',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'station_pkey',
  })
  readonly id!: number;

  @Column({ type: 'text' })
  readonly name!: string;

  @Column({ type: 'text', nullable: true })
  readonly line!: string | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  readonly createdAt!: Date;

  /** Since when it is out of service. */
  @Column({ name: 'disabled_at', type: 'timestamptz', nullable: true })
  readonly disabledAt!: Date | null;
}
