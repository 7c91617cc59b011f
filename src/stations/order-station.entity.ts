import { Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { OrderEntity } from '../orders/order.entity.js';
import { StationEntity } from './station.entity.js';

/** A station that an order names; an order that names none is for every station. */
@Entity('order_station')
export class OrderStationEntity {
  @PrimaryColumn({
    name: 'order_id',
    type: 'integer',
    primaryKeyConstraintName: 'order_station_pkey',
  })
  @ForeignKey(() => OrderEntity, { name: 'order_station_order_id_fkey' })
  readonly orderId!: number;

  @PrimaryColumn({
    name: 'station_id',
    type: 'integer',
    primaryKeyConstraintName: 'order_station_pkey',
  })
  @ForeignKey(() => StationEntity, { name: 'order_station_station_id_fkey' })
  readonly stationId!: number;
}
