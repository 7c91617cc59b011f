import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A list that is being taken in, or whose staged rows are still there. */
@Entity('order_upload')
export class OrderUploadEntity {
  @PrimaryColumn({
    name: 'order_id',
    type: 'integer',
    primaryKeyConstraintName: 'order_upload_pkey',
  })
  readonly orderId!: number;

  /** When the last rows came; who died in the middle touches it no more. */
  @Column({ name: 'touched_at', type: 'timestamptz', default: () => 'now()' })
  readonly touchedAt!: Date;
}
