import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { DeviceEntity } from './device.entity.js';

/** The secret that an imported device brought, sealed under the key of its order. */
@Entity('given_secret')
export class GivenSecretEntity {
  @PrimaryColumn({
    name: 'device_id',
    type: 'bigint',
    primaryKeyConstraintName: 'given_secret_pkey',
  })
  @ForeignKey(() => DeviceEntity, { name: 'given_secret_device_id_fkey' })
  readonly deviceId!: string;

  @Column({ type: 'bytea' })
  readonly sealed!: Buffer;
}
