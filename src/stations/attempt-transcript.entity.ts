import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { ClaimEntity } from './claim.entity.js';
import { StationEntity } from './station.entity.js';
import type { SpokenLine } from './transcript.js';

/** What was said with a unit in an attempt, as the station that made it told; written once. */
@Entity('attempt_transcript')
export class AttemptTranscriptEntity {
  @PrimaryColumn({
    name: 'claim_id',
    type: 'bigint',
    primaryKeyConstraintName: 'attempt_transcript_pkey',
  })
  @ForeignKey(() => ClaimEntity, { name: 'attempt_transcript_claim_id_fkey' })
  readonly claimId!: string;

  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'attempt_transcript_pkey' })
  readonly attempt!: number;

  @PrimaryColumn({
    name: 'station_id',
    type: 'integer',
    primaryKeyConstraintName: 'attempt_transcript_pkey',
  })
  @ForeignKey(() => StationEntity, { name: 'attempt_transcript_station_id_fkey' })
  readonly stationId!: number;

  @Column({ type: 'jsonb' })
  readonly lines!: readonly SpokenLine[];

  @Column({ name: 'kept_at', type: 'timestamptz', default: () => 'now()' })
  readonly keptAt!: Date;
}
