import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import { StationService } from '../stations/station.service.js';
import { SlotStatsStore } from './slot-stats.store.js';
import type { SlotStats } from './slot-stats.store.js';

/** A slot that the station has now, or had; without `stats` no run met it. */
export interface CountedSlot {
  readonly slot: number;
  readonly stats: SlotStats | undefined;
}

/** Figures of the slots of a jig. */
@Injectable()
export class SlotStatsService {
  constructor(
    private readonly database: Database,
    private readonly store: SlotStatsStore,
    private readonly stations: StationService,
  ) {}

  /** Counts the runs of a station since some time, slot by slot. Errors: `station.not_found`. */
  async count(stationId: number, since: Date): Promise<CountedSlot[]> {
    const { slots } = await this.stations.get(stationId);
    const counted = await this.store.count(this.database.single, stationId, since);
    const bySlot = new Map(counted.map((stats) => [stats.slot, stats]));
    const known = new Set([...slots.map(({ slot }) => slot), ...bySlot.keys()]);
    return [...known]
      .sort((one, other) => one - other)
      .map((slot) => ({ slot, stats: bySlot.get(slot) }));
  }
}
