import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import type { SlotPhase } from '../jig/slot-result.js';
import { RunEntity } from './run.entity.js';
import type { RunEventType } from './run-event.js';

/** One thing that happened in a run; what a slot came to is in its `run_slot`. */
@Entity('run_event')
@Check('run_event_type_check', `type IN ('run.started', 'slot.phase', 'slot.ended', 'run.ended')`)
export class RunEventEntity {
  @PrimaryColumn({ name: 'run_id', type: 'bigint', primaryKeyConstraintName: 'run_event_pkey' })
  @ForeignKey(() => RunEntity, { name: 'run_event_run_id_fkey' })
  readonly runId!: string;

  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'run_event_pkey' })
  readonly id!: number;

  @Column({ type: 'text' })
  readonly type!: RunEventType;

  @Column({ type: 'integer', nullable: true })
  readonly slot!: number | null;

  @Column({ type: 'text', nullable: true })
  readonly phase!: SlotPhase | null;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  readonly at!: Date;
}
