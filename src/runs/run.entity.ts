import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { OrderEntity } from '../orders/order.entity.js';
import { StationEntity } from '../stations/station.entity.js';
import type { RunState } from './run.js';

/** One closing of a jig that the service runs. */
@Entity('run')
@Index('run_station_id_key', ['stationId'], { unique: true, where: `(state = 'running'::text)` })
@Index('run_station_id_started_at_idx', ['stationId', 'startedAt'])
@Check('run_state_check', `state IN ('running', 'done', 'aborted')`)
export class RunEntity {
  @PrimaryColumn({
    type: 'bigint',
    generated: 'identity',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'run_pkey',
  })
  readonly id!: string;

  @Column({ name: 'station_id', type: 'integer' })
  @ForeignKey(() => StationEntity, { name: 'run_station_id_fkey' })
  readonly stationId!: number;

  @Column({ name: 'order_id', type: 'integer' })
  @ForeignKey(() => OrderEntity, { name: 'run_order_id_fkey' })
  readonly orderId!: number;

  @Column({ type: 'text' })
  readonly state!: RunState;

  @Column({ name: 'started_at', type: 'timestamptz', default: () => 'now()' })
  readonly startedAt!: Date;

  @Column({ name: 'alive_at', type: 'timestamptz', default: () => 'now()' })
  readonly aliveAt!: Date;

  /** When somebody asked for its end; the process that works on it looks here. */
  @Column({ name: 'abort_asked_at', type: 'timestamptz', nullable: true })
  readonly abortAskedAt!: Date | null;

  @Column({ name: 'ended_at', type: 'timestamptz', nullable: true })
  readonly endedAt!: Date | null;
}
