import { Check, Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';
import type { Role } from './principal.js';

/** A key of the API; only its SHA-256 is kept. */
@Entity('api_key')
@Unique('api_key_digest_key', ['digest'])
@Check('api_key_role_check', `role IN ('admin', 'station')`)
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
}
