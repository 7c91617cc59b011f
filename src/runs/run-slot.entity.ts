import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { Outcome, TranscriptLine } from '../jig/slot-result.js';
import { RunEntity } from './run.entity.js';

/** What came of one slot of a run. */
@Entity('run_slot')
@Index('run_slot_claim_id_idx', ['claimId'], { where: '(claim_id IS NOT NULL)' })
@Index('run_slot_unit_run_id_idx', ['unit', 'runId'], { where: '(claim_id IS NULL)' })
@Check('run_slot_outcome_check', `outcome IN ('PASS', 'FAIL', 'ERROR', 'TIMEOUT', 'ABORTED')`)
export class RunSlotEntity {
  @PrimaryColumn({ name: 'run_id', type: 'bigint', primaryKeyConstraintName: 'run_slot_pkey' })
  @ForeignKey(() => RunEntity, { name: 'run_slot_run_id_fkey' })
  readonly runId!: string;

  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'run_slot_pkey' })
  readonly slot!: number;

  @Column({ type: 'text' })
  readonly port!: string;

  @Column({ type: 'text' })
  readonly dialect!: string;

  @Column({ type: 'text', nullable: true })
  readonly outcome!: Outcome | null;

  @Column({ type: 'text', nullable: true })
  readonly reason!: string | null;

  @Column({ type: 'text', nullable: true })
  readonly detail!: string | null;

  @Column({ type: 'text', nullable: true })
  readonly unit!: string | null;

  @Column({ name: 'device_name', type: 'text', nullable: true })
  readonly deviceName!: string | null;

  @Column({ name: 'claim_id', type: 'bigint', nullable: true })
  readonly claimId!: string | null;

  @Column({ name: 'is_volatile', type: 'boolean', default: false })
  readonly isVolatile!: boolean;

  @Column({ name: 'duration_ms', type: 'integer', nullable: true })
  readonly durationMs!: number | null;

  /** How often the unit was worked on, retries included. */
  @Column({ type: 'integer', nullable: true })
  readonly tries!: number | null;

  @Column({ type: 'jsonb', nullable: true })
  readonly transcript!: readonly TranscriptLine[] | null;
}
