import { Injectable } from '@nestjs/common';
import { KeyService } from '../access/key.service.js';
import type { RotatedKey, Rotation } from '../access/key.service.js';
import type { Actor } from '../audit/audit-event.js';
import { Database } from '../platform/database/database.js';
import { StationService, unknownStation } from './station.service.js';
import { StationStore } from './station.store.js';

/** The keys of stations after their enrolment. */
@Injectable()
export class StationKeysService {
  constructor(
    private readonly database: Database,
    private readonly store: StationStore,
    private readonly stations: StationService,
    private readonly keys: KeyService,
  ) {}

  /**
   * Gives a station another key, which is shown this once; the one before stays valid for a while.
   *
   * Shape: a station whose keys were all revoked gets one as well.
   * Errors: `station.not_found`, `key.rotated_already`, `key.expiry_past`.
   */
  async rotate(actor: Actor, stationId: number, rotation: Rotation): Promise<RotatedKey> {
    const rotated = await this.database.inTransaction(async (tx) => {
      const station = await this.store.lock(tx, stationId);
      if (!station) throw unknownStation(stationId);
      return await this.keys.rotateOfStation(tx, actor, station, rotation);
    });
    await this.keys.changedHere();
    return rotated;
  }

  /** Revokes all keys of a station, at once. Errors: `station.not_found`, `key.not_found`. */
  async revoke(actor: Actor, stationId: number): Promise<void> {
    const { id } = await this.stations.get(stationId);
    await this.keys.revokeOfStation(actor, id);
  }
}
