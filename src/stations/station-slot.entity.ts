import { Check, Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';
import { StationEntity } from './station.entity.js';

/** One position of the jig of a station, and the port its module is reached by. */
@Entity('station_slot')
@Unique('station_slot_station_id_port_key', ['stationId', 'port'])
@Check('station_slot_slot_check', 'slot BETWEEN 1 AND 999')
export class StationSlotEntity {
  @PrimaryColumn({
    name: 'station_id',
    type: 'integer',
    primaryKeyConstraintName: 'station_slot_pkey',
  })
  @ForeignKey(() => StationEntity, { name: 'station_slot_station_id_fkey' })
  readonly stationId!: number;

  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'station_slot_pkey' })
  readonly slot!: number;

  @Column({ type: 'text' })
  readonly port!: string;

  @Column({ type: 'text', nullable: true })
  readonly dialect!: string | null;
}
