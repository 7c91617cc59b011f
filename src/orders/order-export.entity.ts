import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { OrderEntity } from './order.entity.js';
import type { ExportState } from './order-export.js';

/** One time that the triples of an order left the service in a file. */
@Entity('order_export')
@Index('order_export_order_id_idx', ['orderId', 'id'])
@Check('order_export_state_check', `state IN ('running', 'complete', 'broken_off')`)
export class OrderExportEntity {
  @PrimaryColumn({
    type: 'integer',
    generated: 'identity',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'order_export_pkey',
  })
  readonly id!: number;

  @Column({ name: 'order_id', type: 'integer' })
  @ForeignKey(() => OrderEntity, { name: 'order_export_order_id_fkey' })
  readonly orderId!: number;

  @Column({ name: 'exported_at', type: 'timestamptz', default: () => 'now()' })
  readonly exportedAt!: Date;

  @Column({ name: 'exported_by', type: 'text' })
  readonly exportedBy!: string;

  @Column({ type: 'text' })
  readonly format!: string;

  @Column({ type: 'text', array: true })
  readonly recipients!: string[];

  @Column({ name: 'first_device_id', type: 'bigint' })
  readonly firstDeviceId!: string;

  @Column({ name: 'last_device_id', type: 'bigint' })
  readonly lastDeviceId!: string;

  @Column({ type: 'integer' })
  readonly expected!: number;

  @Column({ type: 'integer', default: 0 })
  readonly given!: number;

  @Column({ type: 'text', default: 'running' })
  readonly state!: ExportState;

  @Column({ name: 'seen_at', type: 'timestamptz', default: () => 'now()' })
  readonly seenAt!: Date;
}
