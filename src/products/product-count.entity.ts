import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { ProductEntity } from './product.entity.js';

/** How many devices of a product have registered, updated in the statement that answers them. */
@Entity('product_count')
@Check('product_count_registered_check', 'registered >= 0')
export class ProductCountEntity {
  @PrimaryColumn({
    name: 'product_id',
    type: 'integer',
    primaryKeyConstraintName: 'product_count_pkey',
  })
  @ForeignKey(() => ProductEntity, { name: 'product_count_product_id_fkey' })
  readonly productId!: number;

  @Column({ type: 'integer', default: 0 })
  readonly registered!: number;
}
