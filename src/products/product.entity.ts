import { Check, Column, Entity, PrimaryColumn, Unique } from 'typeorm';
import type { RegistrationMode, RepeatRule } from '../core/registration-policy.js';

/** A product: its key, its sealed secrets, its registration policy. */
@Entity('product')
@Unique('product_product_key_key', ['productKey'])
@Check('product_registration_mode_check', `registration_mode IN ('off', 'preregistered', 'open')`)
@Check('product_registration_repeat_check', `registration_repeat IN ('same', 'rotate')`)
@Check('product_registration_quota_check', 'registration_quota >= 0')
@Check('product_registration_max_per_second_check', 'registration_max_per_second > 0')
@Check('product_registration_units_per_name_check', 'registration_units_per_name BETWEEN 1 AND 5')
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

  @Column({ name: 'previous_secret_sealed', type: 'bytea', nullable: true })
  readonly previousSecretSealed!: Buffer | null;

  @Column({ name: 'previous_valid_until', type: 'timestamptz', nullable: true })
  readonly previousValidUntil!: Date | null;

  @Column({ name: 'registration_mode', type: 'text' })
  readonly mode!: RegistrationMode;

  @Column({ name: 'allow_plaintext', type: 'boolean' })
  readonly allowPlaintext!: boolean;

  @Column({ name: 'registration_repeat', type: 'text', default: 'same' })
  readonly repeat!: RepeatRule;

  @Column({ name: 'registration_quota', type: 'integer', nullable: true })
  readonly quota!: number | null;

  @Column({ name: 'registration_opens_at', type: 'timestamptz', nullable: true })
  readonly opensAt!: Date | null;

  @Column({ name: 'registration_closes_at', type: 'timestamptz', nullable: true })
  readonly closesAt!: Date | null;

  @Column({ name: 'registration_networks', type: 'text', array: true, default: '{}' })
  readonly allowedNetworks!: string[];

  @Column({ name: 'registration_max_per_second', type: 'integer', nullable: true })
  readonly maxPerSecond!: number | null;

  @Column({ name: 'registration_units_per_name', type: 'integer', default: 1 })
  readonly unitsPerName!: number;

  @Column({ type: 'integer', default: 1 })
  readonly version!: number;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  readonly createdAt!: Date;
}
