import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import type { TopicOperation } from '../core/topics.js';
import { ProductEntity } from './product.entity.js';

/** A custom topic class of a product. */
@Entity('topic_class')
@Check('topic_class_operation_check', `operation IN ('PUB', 'SUB', 'ALL')`)
export class TopicClassEntity {
  @PrimaryColumn({
    name: 'product_id',
    type: 'integer',
    primaryKeyConstraintName: 'topic_class_pkey',
  })
  @ForeignKey(() => ProductEntity, { name: 'topic_class_product_id_fkey' })
  readonly productId!: number;

  @PrimaryColumn({ type: 'text', collation: 'C', primaryKeyConstraintName: 'topic_class_pkey' })
  readonly name!: string;

  @Column({ type: 'text' })
  readonly operation!: TopicOperation;
}
