import { Injectable } from '@nestjs/common';
import { publicId } from '../core/public-id.js';
import { prepared, rows } from '../platform/database/query.js';
import type { PreparedStatement } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';
import type { Holder, Lease, LeaseVerdict, UnitClaim } from './claim.js';
import { leaseStatement } from './claim-lease-statement.js';

/** One request's answer: a lease with `leased` and `reissued`, else the reason there is none. */
export interface LeaseAnswer {
  readonly verdict: LeaseVerdict;
  readonly lease: Lease | undefined;
  /** What is held by a unit that is `bound_elsewhere` or `known_otherwise`. */
  readonly heldBy?: Holder | null;
  /** What passes, where a unit has `firmware_not_allowed`. */
  readonly allowedFirmware?: readonly string[] | null;
}

interface Answered extends Lease, Omit<LeaseAnswer, 'lease'> {
  readonly no: number;
}

const many: PreparedStatement = {
  name: 'claim-lease-many',
  text: leaseStatement({
    until: '(d.order_id, d.first_usable + 1024)',
    most: 'd.wanted',
    onLocked: 'SKIP LOCKED',
  }),
};
const patient: PreparedStatement = {
  name: 'claim-lease-patient',
  text: leaseStatement({ until: '(d.order_id + 1, 0)', most: 'd.wanted', onLocked: '' }),
};
const one: PreparedStatement = {
  name: 'claim-lease-one',
  text: leaseStatement({ until: '(d.order_id + 1, 0)', most: '1', onLocked: '' }),
};

/** Leases triples to units, many in one statement. */
@Injectable()
export class ClaimLeaseStore {
  /**
   * Leases for many units at once; the units differ from each other.
   *
   * Shape: one answer per request, in order. `contended` and `stock_empty` may only say that
   * another statement holds what this one needs: ask for those units singly.
   */
  async leaseMany(
    tx: Tx,
    claims: readonly UnitClaim[],
    leaseSeconds: number,
  ): Promise<LeaseAnswer[]> {
    return await this.#run(tx, many, claims, leaseSeconds);
  }

  /** Leases for one unit and waits for whoever holds the triple; `stock_empty` is the truth here. */
  async leaseOne(tx: Tx, claim: UnitClaim, leaseSeconds: number): Promise<LeaseAnswer> {
    const [answer] = await this.#run(tx, one, [claim], leaseSeconds);
    return answer ?? { verdict: 'contended', lease: undefined };
  }

  /**
   * Leases for up to 64 units that differ from each other and waits for whoever holds the triples.
   *
   * Shape: one answer per request, in order. `stock_empty` is the truth here, or the quota is used
   * up; `contended` says that another statement claims the same unit.
   */
  async leasePatiently(
    tx: Tx,
    claims: readonly UnitClaim[],
    leaseSeconds: number,
  ): Promise<LeaseAnswer[]> {
    return await this.#run(tx, patient, claims, leaseSeconds);
  }

  /** How much of the quota of an order is left now. */
  async quotaLeft(tx: Tx, orderId: number): Promise<number> {
    const [row] = await rows<{ left: number }>(
      tx,
      'SELECT quota - shown AS left FROM order_count WHERE order_id = $1',
      [orderId],
    );
    return row?.left ?? 0;
  }

  async #run(
    tx: Tx,
    statement: PreparedStatement,
    claims: readonly UnitClaim[],
    leaseSeconds: number,
  ): Promise<LeaseAnswer[]> {
    const items = JSON.stringify(claims.map(itemOf));
    const found = await prepared<Answered>(tx, statement, [items, leaseSeconds]);
    const byNo = new Map(found.map((row) => [row.no, row]));
    return claims.map((_, no) => {
      const row = byNo.get(no);
      const verdict = row?.verdict ?? 'contended';
      const hasLease = verdict === 'leased' || verdict === 'reissued';
      const { heldBy = null, allowedFirmware = null } = row ?? {};
      return { verdict, lease: hasLease ? row : undefined, heldBy, allowedFirmware };
    });
  }
}

function itemOf({ actor, stationId, orderId, slot, unit }: UnitClaim, no: number) {
  return {
    no,
    order_id: orderId,
    station_id: stationId,
    station: publicId('st', stationId),
    slot,
    unit: unit.identity,
    imei: unit.imei,
    sn: unit.sn,
    mac: unit.mac,
    iccid: unit.iccid,
    firmware: unit.firmware,
    weaker: unit.weaker,
    actor: actor.label,
    address: actor.address,
  };
}
