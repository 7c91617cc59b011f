import { Injectable } from '@nestjs/common';
import { DomainError } from '../core/errors.js';
import type { ErrorCode } from '../core/errors.js';
import { publicId } from '../core/public-id.js';
import { createBatcher } from '../platform/batcher.js';
import type { Batcher, BatchOutcome } from '../platform/batcher.js';
import { Database } from '../platform/database/database.js';
import { constraintOf } from '../platform/database/pg-errors.js';
import type { Holder, Lease, LeaseVerdict, UnitClaim } from './claim.js';
import { ClaimLeaseStore } from './claim-lease.store.js';
import type { LeaseAnswer } from './claim-lease.store.js';
import { firstOfEach } from './first-of-each.js';

/** Units: seconds; how long a lease is fresh. A stale lease is only shown as stale. */
const leaseSeconds = 15 * 60;
/** How often one unit is asked for again when others took what it was about to take. */
const maxTries = 8;

/** Leases triples to units: the calls of a moment in one statement. */
@Injectable()
export class ClaimLeasing {
  readonly #batcher: Batcher<UnitClaim, Lease>;

  constructor(
    private readonly database: Database,
    private readonly store: ClaimLeaseStore,
  ) {
    this.#batcher = createBatcher<UnitClaim, Lease>({
      run: (claims) => this.#many(claims),
      runOne: (claim) => this.#one(claim),
      key: (claim) => JSON.stringify(claim),
    });
  }

  /** Errors: those of `ClaimService.claim`. */
  async lease(claim: UnitClaim): Promise<Lease> {
    return await this.#batcher.submit(claim);
  }

  async #many(claims: readonly UnitClaim[]): Promise<BatchOutcome<Lease>[]> {
    // Two stations may hold the same unit to their lines at once; one after the other gets it.
    const { firsts, indexes } = firstOfEach(claims, (claim) => claim.unit.identity);
    const answers = await this.store.leaseMany(this.database.single, firsts, leaseSeconds);
    return claims.map((claim, index) => {
      const answer = answers[indexes.get(index) ?? -1];
      return answer ? outcomeOf(claim, answer) : { kind: 'singly' };
    });
  }

  async #one(claim: UnitClaim): Promise<Lease> {
    for (let tries = 1; tries <= maxTries; tries += 1) {
      const answer = await this.store
        .leaseOne(this.database.single, claim, leaseSeconds)
        .catch(usedUpMeanwhile);
      if (answer.lease) return answer.lease;
      if (answer.verdict === 'stock_empty') throw await this.#nothingFree(claim);
      if (answer.verdict !== 'contended') throw refusalOf(claim, answer);
    }
    throw new DomainError('service.overloaded', 'Others keep claiming this unit.');
  }

  /** While this one waited, others may have taken the last of the quota. */
  async #nothingFree(claim: UnitClaim): Promise<DomainError> {
    const left = await this.store.quotaLeft(this.database.single, claim.orderId);
    return refusal(claim, left > 0 ? 'stock_empty' : 'quota_used_up');
  }
}

function outcomeOf(claim: UnitClaim, answer: LeaseAnswer): BatchOutcome<Lease> {
  const { lease, verdict } = answer;
  if (lease) return { kind: 'done', value: lease };
  if (verdict === 'contended' || verdict === 'stock_empty') return { kind: 'singly' };
  return { kind: 'failed', error: refusalOf(claim, answer) };
}

/** The database refused to show more than the quota: others took the last of it at this moment. */
function usedUpMeanwhile(error: unknown): LeaseAnswer {
  if (constraintOf(error) !== 'order_count_shown_check') throw error;
  return { verdict: 'quota_used_up', lease: undefined };
}

function refusalOf(claim: UnitClaim, { verdict, heldBy }: LeaseAnswer): DomainError {
  return heldBy ? boundElsewhere(claim, heldBy) : refusal(claim, verdict);
}

/** Names what an admin voids to free the unit. */
function boundElsewhere({ orderId, unit }: UnitClaim, held: Holder): DomainError {
  const { productKey, deviceName } = held;
  const heldBy = {
    orderId: publicId('ord', held.orderId),
    claimId: publicId('clm', held.claimId),
    productKey,
    deviceName,
  };
  const place = `${productKey} of ${heldBy.orderId} by ${heldBy.claimId}`;
  return new DomainError(
    'unit.bound_elsewhere',
    `${unit.identity} holds ${deviceName} in ${place}.`,
    { orderId: publicId('ord', orderId), heldBy },
  );
}

function refusal({ orderId, unit }: UnitClaim, verdict: LeaseVerdict): DomainError {
  const order = publicId('ord', orderId);
  const [code, detail] = reason(verdict, order, unit.identity);
  return new DomainError(code, detail, { orderId: order });
}

function reason(verdict: LeaseVerdict, order: string, unit: string): [ErrorCode, string] {
  switch (verdict) {
    case 'order_unknown':
      return ['order.not_found', `There is no order ${order}.`];
    case 'station_not_allowed':
      return ['order.station_not_allowed', `${order} names other stations.`];
    case 'minting':
      return ['order.minting', `${order} is still minting.`];
    case 'refused':
      return ['order.refused', `${order} was refused.`];
    case 'expired':
      return ['order.expired', `${order} has expired.`];
    case 'closed':
    case 'aborted':
      return ['order.closed', `${order} is ${verdict}.`];
    case 'bound_elsewhere':
      return ['unit.bound_elsewhere', `${unit} holds a triple of another order.`];
    case 'quota_used_up':
      return ['order.quota_used_up', `${order} has given out its quota.`];
    case 'stock_empty':
      return ['order.stock_empty', `${order} has no free triple left.`];
    case 'leased':
    case 'reissued':
    case 'contended':
      return ['internal', `${verdict} is no refusal.`];
  }
}
