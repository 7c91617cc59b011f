import { Check, Column, Entity, PrimaryColumn, Unique } from 'typeorm';
import type { RegistrationMode } from '../core/registration-policy.js';

/** A product: its key, its sealed secret, its registration policy. */
@Entity('product')
@Unique('product_product_key_key', ['productKey'])
@Check('product_registration_mode_check', `registration_mode IN ('off', 'preregistered')`)
export class ProductEntity {
  @PrimaryColumn({
    type: 'integer',
    generated: 'identity',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'product_pkey',
  })
  readonly id!: number;

  @Column({ name: 'product_key', type: 'text', collation: 'C' })
  readonly productKey!: string;

  @Column({ type: 'text' })
  readonly name!: string;

  @Column({ name: 'secret_sealed', type: 'bytea' })
  readonly secretSealed!: Buffer;

  @Column({ name: 'registration_mode', type: 'text' })
  readonly registrationMode!: RegistrationMode;

  @Column({ name: 'allow_plaintext', type: 'boolean' })
  readonly allowPlaintext!: boolean;

  @Column({ type: 'integer', default: 1 })
  readonly version!: number;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  readonly createdAt!: Date;
}
