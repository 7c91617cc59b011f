import { Injectable } from '@nestjs/common';
import { AccessService } from '../access/access.service.js';
import type { Caller } from '../access/principal.js';
import { AuditStore } from '../audit/audit.store.js';
import type { Actor } from '../audit/audit-event.js';
import { DomainError } from '../core/errors.js';
import { publicId } from '../core/public-id.js';
import type { Secret } from '../core/secret.js';
import { Database } from '../platform/database/database.js';
import { parseSlots } from './slot-port.js';
import type { StationSlot } from './slot-port.js';
import { StationStore } from './station.store.js';
import type { OrderForStation, StationRow } from './station.store.js';

/** Open orders that a station is shown at once. */
const ordersShown = 200;

/** Stations: their enrolment, their slots, and who acts for one. */
@Injectable()
export class StationService {
  constructor(
    private readonly database: Database,
    private readonly store: StationStore,
    private readonly access: AccessService,
    private readonly audit: AuditStore,
  ) {}

  /** Enrols a station and makes its key, which is shown this once. Errors: `station.name_taken`. */
  async create(
    actor: Actor,
    station: { readonly name: string; readonly line: string | null },
  ): Promise<{ readonly row: StationRow; readonly key: Secret }> {
    const { name, line } = station;
    return await this.database.inTransaction(async (tx) => {
      const id = await this.store.insert(tx, station);
      if (id === undefined) {
        throw new DomainError('station.name_taken', `There is a station ${name} already.`);
      }
      const detail = { station: publicId('st', id), name, line };
      await this.audit.record(tx, { action: 'station.created', actor, detail });
      const issued = { name, role: 'station', stationId: id } as const;
      const { secret } = await this.access.issue(tx, actor, issued);
      const row = await this.store.find(tx, id);
      if (!row) throw unknownStation(id);
      return { row, key: secret };
    });
  }

  /** Errors: `station.not_found`. */
  async get(id: number): Promise<StationRow> {
    const row = await this.store.find(this.database.single, id);
    if (!row) throw unknownStation(id);
    return row;
  }

  async list(after: number, limit: number): Promise<StationRow[]> {
    return await this.store.list(this.database.single, after, limit);
  }

  /**
   * Replaces the slots of a station.
   *
   * Errors: `station.not_found`, `slot.port_malformed`, `slot.port_shared`, `slot.number_shared`,
   * `dialect.unknown`.
   */
  async setSlots(actor: Actor, id: number, slots: readonly StationSlot[]): Promise<StationRow> {
    const parsed = parseSlots(slots);
    return await this.database.inTransaction(async (tx) => {
      const isThere = await this.store.lock(tx, id);
      if (!isThere) throw unknownStation(id);
      await this.store.replaceSlots(tx, id, parsed);
      const detail = { station: publicId('st', id), slots: parsed };
      await this.audit.record(tx, { action: 'station.slots_set', actor, detail });
      const row = await this.store.find(tx, id);
      if (!row) throw unknownStation(id);
      return row;
    });
  }

  /** The slots of a station, by number. Errors: `station.not_found`. */
  async slots(id: number): Promise<readonly StationSlot[]> {
    return (await this.get(id)).slots;
  }

  /** The open orders that a station may use, newest first. */
  async openOrders(id: number): Promise<OrderForStation[]> {
    return await this.store.openOrders(this.database.single, id, ordersShown);
  }

  /**
   * Tells for which station a caller acts: a station for itself, an admin for the one he names.
   *
   * Errors: `station.missing`, `station.not_found`; `key.role_not_allowed` when a station names
   * another.
   */
  async acting({ principal }: Caller, named: number | undefined): Promise<number> {
    const own = principal.stationId;
    if (own !== null) {
      if (named === undefined || named === own) return own;
      throw new DomainError('key.role_not_allowed', 'A station acts for itself only.');
    }
    if (named === undefined) {
      throw new DomainError('station.missing', 'Add ?station=st-… to act for a station.');
    }
    return (await this.get(named)).id;
  }
}

function unknownStation(id: number): DomainError {
  return new DomainError('station.not_found', `There is no station ${publicId('st', id)}.`);
}
