import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { DeviceEntity } from './device.entity.js';

/**
 * What a unit got that registered without pre-registration: its client id. Its token is derived,
 * never stored.
 */
@Entity('device_token')
@Unique('device_token_client_id_key', ['clientId'])
@Index('device_token_device_id_idx', ['deviceId', 'id'])
export class DeviceTokenEntity {
  @PrimaryColumn({
    type: 'bigint',
    generated: 'identity',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'device_token_pkey',
  })
  readonly id!: string;

  @Column({ name: 'device_id', type: 'bigint' })
  @ForeignKey(() => DeviceEntity, { name: 'device_token_device_id_fkey' })
  readonly deviceId!: string;

  @Column({ name: 'order_id', type: 'integer' })
  // By name: orders stand on a floor above.
  @ForeignKey('OrderEntity', 'id', { name: 'device_token_order_id_fkey' })
  readonly orderId!: number;

  @Column({ name: 'client_id', type: 'text', collation: 'C' })
  readonly clientId!: string;

  @Column({ name: 'registered_from', type: 'text' })
  readonly registeredFrom!: string;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  readonly createdAt!: Date;

  @Column({ name: 'activated_at', type: 'timestamptz', nullable: true })
  readonly activatedAt!: Date | null;

  @Column({ name: 'void_at', type: 'timestamptz', nullable: true })
  readonly voidAt!: Date | null;
}
