import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { DeviceState } from '../core/lifecycle.js';

/** A device: one triple and its life. Its secret is derived, never stored. */
@Entity('device')
@Unique('device_product_id_name_key', ['productId', 'name'])
@Index('device_free_idx', ['orderId', 'id'], { where: `(state = 'free'::text)` })
@Check('device_name_check', `octet_length(name) BETWEEN 4 AND 32`)
@Check('device_state_check', `state IN ('free', 'leased', 'confirmed', 'issued', 'void')`)
export class DeviceEntity {
  @PrimaryColumn({
    type: 'bigint',
    generated: 'identity',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'device_pkey',
  })
  readonly id!: string;

  @Column({ name: 'order_id', type: 'integer' })
  // By name: orders stand on a floor above.
  @ForeignKey('OrderEntity', 'id', { name: 'device_order_id_fkey' })
  readonly orderId!: number;

  @Column({ name: 'product_id', type: 'integer' })
  readonly productId!: number;

  @Column({ type: 'integer', default: 0 })
  readonly generation!: number;

  @Column({ type: 'text', collation: 'C' })
  readonly name!: string;

  @Column({ type: 'text', default: 'free' })
  readonly state!: DeviceState;

  @Column({ name: 'activated_at', type: 'timestamptz', nullable: true })
  readonly activatedAt!: Date | null;

  @Column({ name: 'disabled_at', type: 'timestamptz', nullable: true })
  readonly disabledAt!: Date | null;

  @Column({ name: 'registered_from', type: 'text', nullable: true })
  readonly registeredFrom!: string | null;

  @Column({ name: 'registered_at', type: 'timestamptz', nullable: true })
  readonly registeredAt!: Date | null;
}
