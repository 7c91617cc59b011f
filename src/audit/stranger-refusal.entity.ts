import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** How often strangers of one address were refused for one product key in one minute. */
@Entity('stranger_refusal')
@Check('stranger_refusal_count_check', 'count > 0')
export class StrangerRefusalEntity {
  @PrimaryColumn({ type: 'timestamptz', primaryKeyConstraintName: 'stranger_refusal_pkey' })
  readonly minute!: Date;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'stranger_refusal_pkey' })
  readonly address!: string;

  @PrimaryColumn({
    name: 'product_key',
    type: 'text',
    primaryKeyConstraintName: 'stranger_refusal_pkey',
  })
  readonly productKey!: string;

  @Column({ type: 'integer' })
  readonly count!: number;
}
