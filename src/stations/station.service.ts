import { Injectable } from '@nestjs/common';
import { KeyService, stationKey } from '../access/key.service.js';
import type { Caller } from '../access/principal.js';
import { AuditStore } from '../audit/audit.store.js';
import type { Actor } from '../audit/audit-event.js';
import { DomainError } from '../core/errors.js';
import { DialectService } from '../dialects/dialect.service.js';
import { publicId } from '../core/public-id.js';
import type { Secret } from '../core/secret.js';
import { Database } from '../platform/database/database.js';
import { mapConstraint } from '../platform/database/pg-errors.js';
import { parseSlots } from './slot-port.js';
import type { StationSlot } from './slot-port.js';
import { changeEvents } from './station-change.js';
import { StationStore } from './station.store.js';
import type { OrderForStation, StationChange, StationRow } from './station.store.js';

/** Open orders that a station is shown at once. */
const ordersShown = 200;

/** Stations: their enrolment, their slots, and who acts for one. */
@Injectable()
export class StationService {
  constructor(
    private readonly database: Database,
    private readonly store: StationStore,
    private readonly keys: KeyService,
    private readonly audit: AuditStore,
    private readonly dialects: DialectService,
  ) {}

  /** Enrols a station and makes its key, which is shown this once. Errors: `station.name_taken`. */
  async create(
    actor: Actor,
    station: { readonly name: string; readonly line: string | null },
  ): Promise<{ readonly row: StationRow; readonly key: Secret }> {
    const { name, line } = station;
    return await this.database.inTransaction(async (tx) => {
      const id = await this.store.insert(tx, station);
      if (id === undefined) throw takenName(name);
      const detail = { station: publicId('st', id), name, line };
      await this.audit.record(tx, { action: 'station.created', actor, detail });
      const { secret } = await this.keys.issue(tx, actor, stationKey({ id, name }));
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
   * Renames a station, or takes it out of service and back.
   *
   * Shape: a station out of service is refused everything from now on, by every copy; what its units
   * hold stays theirs, and they go on at another station.
   * Errors: `station.not_found`, `station.name_taken`.
   */
  async change(actor: Actor, id: number, change: StationChange): Promise<StationRow> {
    const row = await this.database.inTransaction(async (tx) => {
      const was = await this.store.lock(tx, id);
      if (!was) throw unknownStation(id);
      await this.store.change(tx, id, change).catch((error: unknown) => {
        throw mapConstraint(error, {
          station_name_key: (cause) => takenName(change.name, cause),
        });
      });
      const is = (await this.store.find(tx, id)) ?? was;
      for (const event of changeEvents(was, is)) await this.audit.record(tx, { ...event, actor });
      await this.keys.changed(tx);
      return is;
    });
    await this.keys.changedHere();
    return row;
  }

  /**
   * Replaces the slots of a station.
   *
   * Errors: `station.not_found`, `slot.port_malformed`, `slot.port_shared`, `slot.number_shared`,
   * `dialect.unknown`.
   */
  async setSlots(actor: Actor, id: number, slots: readonly StationSlot[]): Promise<StationRow> {
    return await this.database.inTransaction(async (tx) => {
      const parsed = parseSlots(slots, await this.dialects.hold(tx, slots));
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
   * Tells for which station a caller works: a station for itself, others for the one they name.
   *
   * Errors: those of `seenBy`; `station.disabled`.
   */
  async acting(caller: Caller, named: number | undefined): Promise<number> {
    const own = ownStation(caller, named);
    if (own !== undefined) return own; // the guard let it in, so it is in service
    const { id, disabledAt } = await this.#named(named);
    if (disabledAt) {
      throw new DomainError('station.disabled', `${publicId('st', id)} is out of service.`);
    }
    return id;
  }

  /**
   * Tells whose work a caller looks at: a station at its own, others at that of the one they name.
   *
   * Errors: `station.missing`, `station.not_found`; `key.role_not_allowed` when a station names
   * another.
   */
  async seenBy(caller: Caller, named: number | undefined): Promise<number> {
    return ownStation(caller, named) ?? (await this.#named(named)).id;
  }

  async #named(id: number | undefined): Promise<StationRow> {
    if (id !== undefined) return await this.get(id);
    throw new DomainError('station.missing', 'Add ?station=st-… to act for a station.');
  }
}

function ownStation({ principal }: Caller, named: number | undefined): number | undefined {
  const own = principal.stationId;
  if (own === null) return undefined;
  if (named === undefined || named === own) return own;
  throw new DomainError('key.role_not_allowed', 'A station acts for itself only.');
}

function takenName(name: string | undefined, cause?: unknown): DomainError {
  const detail = `There is a station ${name} already.`;
  return new DomainError('station.name_taken', detail, {}, { cause });
}

/** The refusal of a station that does not exist. */
export function unknownStation(id: number): DomainError {
  return new DomainError('station.not_found', `There is no station ${publicId('st', id)}.`);
}
