import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { OrderKind, OrderState, Proof, Provisioning } from '../core/lifecycle.js';
import type { Naming } from '../core/naming.js';
import { ProductEntity } from '../products/product.entity.js';

/** A production order. */
@Entity('production_order')
@Check(
  'production_order_state_check',
  `state IN ('minting', 'open', 'closed', 'refused', 'aborted')`,
)
@Check('production_order_kind_check', `kind IN ('mint', 'import', 'standing')`)
@Check(
  'production_order_quantity_check',
  `CASE kind WHEN 'standing' THEN quantity = 0 ELSE quantity BETWEEN 1 AND 10000000 END`,
)
@Index('production_order_standing_key', ['productId'], {
  unique: true,
  where: `((kind = 'standing'::text) AND (state = 'open'::text))`,
})
@Check(
  'production_order_accept_proofs_check',
  `cardinality(accept_proofs) > 0 AND accept_proofs <@ '{digest,secret,fingerprint,login,word}'`,
)
@Check('production_order_provisioning_check', `provisioning IN ('device-secret', 'product-secret')`)
export class OrderEntity {
  @PrimaryColumn({
    type: 'integer',
    generated: 'identity',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'production_order_pkey',
  })
  readonly id!: number;

  @Column({ name: 'product_id', type: 'integer' })
  @ForeignKey(() => ProductEntity, { name: 'production_order_product_id_fkey' })
  readonly productId!: number;

  @Column({ type: 'text', default: 'mint' })
  readonly kind!: OrderKind;

  @Column({ type: 'text' })
  readonly state!: OrderState;

  @Column({ type: 'integer' })
  readonly quantity!: number;

  @Column({ type: 'jsonb' })
  readonly naming!: Naming;

  @Column({ type: 'text' })
  readonly provisioning!: Provisioning;

  @Column({ name: 'accept_volatile', type: 'boolean' })
  readonly acceptVolatile!: boolean;

  @Column({
    name: 'accept_proofs',
    type: 'text',
    array: true,
    default: () => `'{digest,secret,fingerprint,login}'`,
  })
  readonly acceptProofs!: readonly Proof[];

  @Column({ type: 'text', array: true, default: () => `'{}'` })
  readonly firmware!: readonly string[];

  @Column({ name: 'order_key_sealed', type: 'bytea' })
  readonly orderKeySealed!: Buffer;

  @Column({ name: 'expires_at', type: 'timestamptz', nullable: true })
  readonly expiresAt!: Date | null;

  @Column({ type: 'text', nullable: true })
  readonly note!: string | null;

  @Column({ type: 'jsonb', nullable: true })
  readonly refusal!: Record<string, unknown> | null;

  @Column({ name: 'first_device_id', type: 'bigint', nullable: true })
  readonly firstDeviceId!: string | null;

  @Column({ name: 'last_device_id', type: 'bigint', nullable: true })
  readonly lastDeviceId!: string | null;

  /** Since when it gives nothing out: a restore cannot know what was given out after the backup. */
  @Column({ name: 'held_at', type: 'timestamptz', nullable: true })
  readonly heldAt!: Date | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  readonly createdAt!: Date;
}
