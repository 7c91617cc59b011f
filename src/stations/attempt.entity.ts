import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Proof } from '../core/lifecycle.js';

/** One ended try to write one unit; written once, in the statement that ends it. */
@Entity('attempt')
@Index('attempt_order_id_ended_at_idx', ['orderId', 'endedAt'])
@Index('attempt_station_id_slot_ended_at_idx', ['stationId', 'slot', 'endedAt'])
@Index('attempt_again_idx', ['orderId', 'endedAt'], { where: '(attempt > 1)' })
@Check('attempt_outcome_check', `outcome IN ('confirmed', 'failed', 'void')`)
@Check('attempt_proof_check', `proof IN ('digest', 'secret', 'fingerprint', 'login', 'word')`)
@Check('attempt_outcome_proof_check', `(outcome = 'confirmed') = (proof IS NOT NULL)`)
export class AttemptEntity {
  @PrimaryColumn({ name: 'claim_id', type: 'bigint', primaryKeyConstraintName: 'attempt_pkey' })
  readonly claimId!: string;

  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'attempt_pkey' })
  readonly attempt!: number;

  @Column({ name: 'order_id', type: 'integer' })
  readonly orderId!: number;

  @Column({ name: 'station_id', type: 'integer' })
  readonly stationId!: number;

  @Column({ type: 'integer', nullable: true })
  readonly slot!: number | null;

  @Column({ type: 'text' })
  readonly unit!: string;

  @Column({ type: 'text', nullable: true })
  readonly firmware!: string | null;

  @Column({ type: 'text', nullable: true })
  readonly iccid!: string | null;

  @Column({ type: 'text' })
  readonly outcome!: 'confirmed' | 'failed' | 'void';

  @Column({ type: 'text', nullable: true })
  readonly reason!: string | null;

  @Column({ type: 'text', nullable: true })
  readonly proof!: Proof | null;

  @Column({ name: 'is_volatile', type: 'boolean', default: false })
  readonly isVolatile!: boolean;

  @Column({ name: 'started_at', type: 'timestamptz' })
  readonly startedAt!: Date;

  @Column({ name: 'ended_at', type: 'timestamptz', default: () => 'now()' })
  readonly endedAt!: Date;
}
