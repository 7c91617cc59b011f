import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ListColumn, RowErrorCode } from '../core/device-list.js';

/** One thing that was wrong with a row of a list. */
@Entity('order_row_error')
export class OrderRowErrorEntity {
  @PrimaryColumn({
    name: 'order_id',
    type: 'integer',
    primaryKeyConstraintName: 'order_row_error_pkey',
  })
  readonly orderId!: number;

  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'order_row_error_pkey' })
  readonly line!: number;

  @PrimaryColumn({
    type: 'text',
    collation: 'C',
    primaryKeyConstraintName: 'order_row_error_pkey',
  })
  readonly column!: ListColumn | '';

  @Column({ type: 'text' })
  readonly code!: RowErrorCode;

  @Column({ type: 'text', nullable: true })
  readonly value!: string | null;
}
