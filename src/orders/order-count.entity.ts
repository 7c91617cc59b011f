import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { OrderEntity } from './order.entity.js';

/** The counters of an order, updated in the statement that moves a device. */
@Entity('order_count')
@Check('order_count_quota_check', 'quota > 0')
@Check('order_count_free_check', 'free >= 0')
@Check('order_count_leased_check', 'leased >= 0')
@Check('order_count_failed_check', 'failed >= 0')
@Check('order_count_confirmed_check', 'confirmed >= 0')
@Check('order_count_issued_check', 'issued >= 0')
@Check('order_count_void_check', 'void >= 0')
@Check('order_count_shown_check', 'shown BETWEEN 0 AND quota')
@Check('order_count_minted_check', 'minted = free + leased + failed + confirmed + issued + void')
export class OrderCountEntity {
  @PrimaryColumn({
    name: 'order_id',
    type: 'integer',
    primaryKeyConstraintName: 'order_count_pkey',
  })
  @ForeignKey(() => OrderEntity, { name: 'order_count_order_id_fkey' })
  readonly orderId!: number;

  @Column({ type: 'integer' })
  readonly quota!: number;

  @Column({ type: 'integer', default: 0 })
  readonly minted!: number;

  @Column({ type: 'integer', default: 0 })
  readonly free!: number;

  @Column({ type: 'integer', default: 0 })
  readonly leased!: number;

  @Column({ type: 'integer', default: 0 })
  readonly failed!: number;

  @Column({ type: 'integer', default: 0 })
  readonly confirmed!: number;

  @Column({ type: 'integer', default: 0 })
  readonly issued!: number;

  @Column({ type: 'integer', default: 0 })
  readonly void!: number;

  @Column({ type: 'integer', default: 0 })
  readonly shown!: number;

  @Column({ type: 'integer', default: 0 })
  readonly activated!: number;

  @Column({ name: 'low_water_id', type: 'bigint', default: 0 })
  readonly lowWaterId!: string;
}
