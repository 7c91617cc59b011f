import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { ClaimState, Proof } from '../core/lifecycle.js';
import { DeviceEntity } from '../devices/device.entity.js';
import { StationEntity } from './station.entity.js';

/** A station's hold on one triple for one unit. */
@Entity('claim')
@Unique('claim_device_id_key', ['deviceId'])
@Index('claim_unit_key', ['unit'], {
  unique: true,
  where: `(state = ANY (ARRAY['leased'::text, 'failed'::text, 'confirmed'::text]))`,
})
@Index('claim_leased_idx', ['orderId', 'leaseUntil'], { where: `(state = 'leased'::text)` })
@Index('claim_sn_idx', ['sn'], { where: '(sn IS NOT NULL)' })
@Index('claim_mac_idx', ['mac'], { where: '(mac IS NOT NULL)' })
@Index('claim_doubted_idx', ['orderId', 'changedAt'], {
  where: `((state = 'confirmed'::text) AND (fail_reason IS NOT NULL))`,
})
@Index('claim_iccid_id_idx', ['iccid', 'id'], { where: '(iccid IS NOT NULL)' })
@Index('claim_void_unit_id_idx', ['unit', 'id'], { where: `(state = 'void'::text)` })
@Index('claim_open_id_idx', ['id'], {
  where: `(state = ANY (ARRAY['leased'::text, 'failed'::text]))`,
})
@Check('claim_state_check', `state IN ('leased', 'failed', 'confirmed', 'void')`)
@Check('claim_proof_check', `proof IN ('digest', 'secret', 'fingerprint', 'login', 'word')`)
@Check('claim_state_proof_check', `(state = 'confirmed') <= (proof IS NOT NULL)`)
export class ClaimEntity {
  @PrimaryColumn({
    type: 'bigint',
    generated: 'identity',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'claim_pkey',
  })
  readonly id!: string;

  @Column({ name: 'device_id', type: 'bigint' })
  @ForeignKey(() => DeviceEntity, { name: 'claim_device_id_fkey' })
  readonly deviceId!: string;

  @Column({ name: 'order_id', type: 'integer' })
  readonly orderId!: number;

  @Column({ name: 'station_id', type: 'integer' })
  @ForeignKey(() => StationEntity, { name: 'claim_station_id_fkey' })
  readonly stationId!: number;

  @Column({ type: 'integer', nullable: true })
  readonly slot!: number | null;

  @Column({ type: 'text' })
  readonly unit!: string;

  @Column({ type: 'text', nullable: true })
  readonly imei!: string | null;

  @Column({ type: 'text', nullable: true })
  readonly sn!: string | null;

  @Column({ type: 'text', nullable: true })
  readonly mac!: string | null;

  @Column({ type: 'text', nullable: true })
  readonly iccid!: string | null;

  @Column({ type: 'text', nullable: true })
  readonly firmware!: string | null;

  @Column({ type: 'text' })
  readonly state!: ClaimState;

  @Column({ type: 'integer', default: 1 })
  readonly attempt!: number;

  @Column({ name: 'lease_until', type: 'timestamptz' })
  readonly leaseUntil!: Date;

  @Column({ type: 'text', nullable: true })
  readonly proof!: Proof | null;

  @Column({ name: 'is_volatile', type: 'boolean', default: false })
  readonly isVolatile!: boolean;

  @Column({ name: 'fail_reason', type: 'text', nullable: true })
  readonly failReason!: string | null;

  /** When the current attempt began; a confirmed unit that is claimed again begins another. */
  @Column({ name: 'started_at', type: 'timestamptz', default: () => 'now()' })
  readonly startedAt!: Date;

  /** When the claim was last handed out, in whatever attempt. */
  @Column({ name: 'leased_at', type: 'timestamptz', default: () => 'now()' })
  readonly leasedAt!: Date;

  /** Absent while an attempt is open. */
  @Column({ name: 'ended_at', type: 'timestamptz', nullable: true })
  readonly endedAt!: Date | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  readonly createdAt!: Date;

  @Column({ name: 'changed_at', type: 'timestamptz', default: () => 'now()' })
  readonly changedAt!: Date;
}
