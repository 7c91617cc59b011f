import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What the database remembers of a master key: its kid and a check value, never the key. */
@Entity('master_key')
export class MasterKeyEntity {
  @PrimaryColumn({ name: 'kid', type: 'text', primaryKeyConstraintName: 'master_key_pkey' })
  readonly kid!: string;

  @Column({ name: 'check_value', type: 'bytea' })
  readonly checkValue!: Buffer;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  readonly createdAt!: Date;

  @Column({ name: 'retired_at', type: 'timestamptz', nullable: true })
  readonly retiredAt!: Date | null;
}
