import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** The last connection of a device. */
@Entity('device_presence')
@Index('device_presence_copy_idx', ['copy'], { where: 'is_online' })
@Check('device_presence_is_online_offline_at_check', 'is_online = (offline_at IS NULL)')
export class PresenceEntity {
  @PrimaryColumn({
    name: 'device_id',
    type: 'bigint',
    primaryKeyConstraintName: 'device_presence_pkey',
  })
  @ForeignKey('DeviceEntity', 'id', { name: 'device_presence_device_id_fkey' })
  readonly deviceId!: string;

  @Column({ type: 'integer' })
  readonly copy!: number;

  @Column({ name: 'is_online', type: 'boolean' })
  readonly isOnline!: boolean;

  @Column({ name: 'online_at', type: 'timestamptz' })
  readonly onlineAt!: Date;

  @Column({ name: 'offline_at', type: 'timestamptz', nullable: true })
  readonly offlineAt!: Date | null;

  @Column({ type: 'text' })
  readonly address!: string;
}
