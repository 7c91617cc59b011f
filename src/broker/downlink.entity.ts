import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** A message on its way to the copy of the service that holds the connection of a device. */
@Entity('downlink')
@Check('downlink_qos_check', 'qos IN (0, 1)')
export class DownlinkEntity {
  @PrimaryColumn({
    type: 'bigint',
    generated: 'identity',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'downlink_pkey',
  })
  readonly id!: string;

  @Column({ type: 'integer' })
  readonly copy!: number;

  @Column({ name: 'product_key', type: 'text' })
  readonly productKey!: string;

  @Column({ name: 'device_name', type: 'text' })
  readonly deviceName!: string;

  @Column({ type: 'text' })
  readonly topic!: string;

  @Column({ type: 'bytea' })
  readonly payload!: Buffer;

  @Column({ type: 'smallint' })
  readonly qos!: 0 | 1;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  readonly createdAt!: Date;
}
