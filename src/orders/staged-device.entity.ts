import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A row of a list that waits to be minted; its secret was sealed before it came here. */
@Entity('staged_device')
export class StagedDeviceEntity {
  @PrimaryColumn({
    name: 'order_id',
    type: 'integer',
    primaryKeyConstraintName: 'staged_device_pkey',
  })
  readonly orderId!: number;

  /** Which device of the order it will be, counted from 0. */
  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'staged_device_pkey' })
  readonly place!: number;

  /** Where it stands in the file, counted from 1. */
  @Column({ type: 'integer' })
  readonly line!: number;

  @Column({ type: 'text', collation: 'C' })
  readonly name!: string;

  @Column({ type: 'bytea', nullable: true })
  readonly sealed!: Buffer | null;
}
