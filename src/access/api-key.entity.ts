import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { Role } from '../core/role.js';

/** A key of the API; only its SHA-256 is kept. */
@Entity('api_key')
@Unique('api_key_digest_key', ['digest'])
@Check('api_key_role_check', `role IN ('admin', 'engineer', 'auditor', 'station')`)
@Check('api_key_max_per_second_check', 'max_per_second BETWEEN 0 AND 100000')
@Index('api_key_rotated_from_key', ['rotatedFrom'], { unique: true, where: 'revoked_at IS NULL' })
@Check('api_key_role_station_id_check', `(role = 'station') = (station_id IS NOT NULL)`)
export class ApiKeyEntity {
  @PrimaryColumn({
    type: 'integer',
    generated: 'identity',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'api_key_pkey',
  })
  readonly id!: number;

  @Column({ type: 'text' })
  readonly name!: string;

  @Column({ type: 'text' })
  readonly role!: Role;

  @Column({ name: 'station_id', type: 'integer', nullable: true })
  // By name: stations stand on a floor above.
  @ForeignKey('StationEntity', 'id', { name: 'api_key_station_id_fkey' })
  readonly stationId!: number | null;

  @Column({ type: 'text' })
  readonly prefix!: string;

  @Column({ type: 'bytea' })
  readonly digest!: Buffer;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  readonly createdAt!: Date;

  @Column({ name: 'revoked_at', type: 'timestamptz', nullable: true })
  readonly revokedAt!: Date | null;

  /** Until when it was made to be valid; null is for ever. */
  @Column({ name: 'expires_at', type: 'timestamptz', nullable: true })
  readonly expiresAt!: Date | null;

  /** The key that this one takes the place of. */
  @Column({ name: 'rotated_from', type: 'integer', nullable: true })
  @ForeignKey(() => ApiKeyEntity, { name: 'api_key_rotated_from_fkey' })
  readonly rotatedFrom!: number | null;

  /** Until when it is valid beside the key that takes its place. */
  @Column({ name: 'valid_until', type: 'timestamptz', nullable: true })
  readonly validUntil!: Date | null;

  /** Requests a second; null is what the service allows every key, 0 is any number. */
  @Column({ name: 'max_per_second', type: 'integer', nullable: true })
  readonly maxPerSecond!: number | null;

  /** To the minute, and late by as much. */
  @Column({ name: 'last_used_at', type: 'timestamptz', nullable: true })
  readonly lastUsedAt!: Date | null;

  @Column({ name: 'last_used_from', type: 'text', nullable: true })
  readonly lastUsedFrom!: string | null;
}
