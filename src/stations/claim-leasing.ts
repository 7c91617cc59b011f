import { Injectable } from '@nestjs/common';
import { DomainError } from '../core/errors.js';
import { createBatcher } from '../platform/batcher.js';
import type { Batcher, BatchOutcome } from '../platform/batcher.js';
import { Database } from '../platform/database/database.js';
import { constraintOf } from '../platform/database/pg-errors.js';
import type { Tx } from '../platform/database/transaction.js';
import { LineSettings } from '../platform/line-settings.js';
import type { Lease, LeaseVerdict, UnitClaim } from './claim.js';
import { only, untilWhole } from './claim-batch.js';
import { ClaimLeaseStore } from './claim-lease.store.js';
import type { LeaseAnswer } from './claim-lease.store.js';
import { firstOfEach } from './first-of-each.js';
import { refusal, refusalOf } from './claim-refusal.js';

/** How often units are asked for again when others took what they were about to take. */
const maxTries = 8;

/** Leases triples to units: the calls of a moment in one statement. */
@Injectable()
export class ClaimLeasing {
  readonly #batcher: Batcher<UnitClaim, Lease>;

  constructor(
    private readonly database: Database,
    private readonly store: ClaimLeaseStore,
    private readonly line: LineSettings,
  ) {
    this.#batcher = createBatcher<UnitClaim, Lease>({
      run: (claims) => this.#many(claims),
      runOne: (claim) => this.#one(claim),
      key: (claim) => JSON.stringify(claim),
    });
  }

  /**
   * Leases for one unit, with the calls of this moment or in the transaction that is joined.
   *
   * Errors: those of `ClaimService.claim`.
   */
  async lease(claim: UnitClaim): Promise<Lease> {
    const { joined } = this.database;
    return await (joined ? only(await this.#onTx(joined, [claim])) : this.#batcher.submit(claim));
  }

  /**
   * Leases for up to 64 units that differ from each other, in one statement; each has its own
   * outcome. What others hold at that moment is asked for again by itself.
   *
   * Shape: outcomes in the order of the claims. Errors, in an outcome: those of `ClaimService.claim`.
   */
  async leaseAll(claims: readonly UnitClaim[]): Promise<PromiseSettledResult<Lease>[]> {
    const { joined } = this.database;
    return await (joined ? this.#onTx(joined, claims) : this.#batcher.submitAll(claims));
  }

  async #many(claims: readonly UnitClaim[]): Promise<BatchOutcome<Lease>[]> {
    // Two stations may ask for what may be the same unit at once; one after the other gets it.
    const { firsts, indexes } = firstOfEach(claims, ({ unit }) => ({
      own: unit.identity,
      also: unit.weaker,
    }));
    const answers = await this.store.leaseMany(
      this.database.single,
      firsts,
      this.line.leaseSeconds,
    );
    return claims.map((claim, index) => {
      const answer = answers[indexes.get(index) ?? -1];
      return answer ? outcomeOf(claim, answer) : { kind: 'singly' };
    });
  }

  async #one(claim: UnitClaim): Promise<Lease> {
    for (let tries = 1; tries <= maxTries; tries += 1) {
      const answer = await this.store
        .leaseOne(this.database.single, claim, this.line.leaseSeconds)
        .catch(overtakenOrThrow);
      if (answer.lease) return answer.lease;
      if (answer.verdict === 'stock_empty')
        throw await this.#nothingFree(this.database.single, claim);
      if (answer.verdict !== 'contended') throw refusalOf(claim, answer);
    }
    throw keptClaiming();
  }

  /** All or nothing at a time: a second try must not hold counters while it waits for triples. */
  async #onTx(tx: Tx, claims: readonly UnitClaim[]): Promise<PromiseSettledResult<Lease>[]> {
    const lease = async (): Promise<LeaseAnswer[] | undefined> => {
      const all = await this.store.leasePatiently(tx, claims, this.line.leaseSeconds);
      return all.some(({ verdict }) => verdict === 'contended') ? undefined : all;
    };
    const answers = await untilWhole(
      tx,
      maxTries,
      lease,
      (error) => overtaken(error) !== undefined,
    );
    if (!answers) throw keptClaiming();
    const settled: PromiseSettledResult<Lease>[] = [];
    for (const [index, claim] of claims.entries()) {
      const answer = answers[index] ?? { verdict: 'contended', lease: undefined };
      settled.push(await this.#settle(tx, claim, answer));
    }
    return settled;
  }

  async #settle(
    tx: Tx,
    claim: UnitClaim,
    answer: LeaseAnswer,
  ): Promise<PromiseSettledResult<Lease>> {
    if (answer.lease) return { status: 'fulfilled', value: answer.lease };
    const isEmpty = answer.verdict === 'stock_empty';
    const reason = isEmpty ? await this.#nothingFree(tx, claim) : refusalOf(claim, answer);
    return { status: 'rejected', reason };
  }

  /** While this one waited, others may have taken the last of the quota. */
  async #nothingFree(tx: Tx, claim: UnitClaim): Promise<DomainError> {
    const left = await this.store.quotaLeft(tx, claim.orderId);
    return refusal(claim, left > 0 ? 'stock_empty' : 'quota_used_up');
  }
}

function keptClaiming(): DomainError {
  return new DomainError('service.overloaded', 'Others keep claiming this unit.');
}

function outcomeOf(claim: UnitClaim, answer: LeaseAnswer): BatchOutcome<Lease> {
  const { lease, verdict } = answer;
  if (lease) return { kind: 'done', value: lease };
  if (verdict === 'contended' || verdict === 'stock_empty') return { kind: 'singly' };
  return { kind: 'failed', error: refusalOf(claim, answer) };
}

/** What the database refused to do, because others did something else at this moment. */
function overtaken(error: unknown): LeaseVerdict | undefined {
  switch (constraintOf(error)) {
    // They took the last of the quota.
    case 'order_count_shown_check':
      return 'quota_used_up';
    // They claimed what may be the same unit, by another of its numbers.
    case 'claim_numbers_excl':
      return 'contended';
    default:
      return undefined;
  }
}

function overtakenOrThrow(error: unknown): LeaseAnswer {
  const verdict = overtaken(error);
  if (!verdict) throw error;
  return { verdict, lease: undefined };
}
