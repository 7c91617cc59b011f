import { Injectable } from '@nestjs/common';
import { DomainError } from '../core/errors.js';
import type { Secret } from '../core/secret.js';
import { DeviceSecrets } from '../devices/device-secrets.js';
import { createBatcher } from '../platform/batcher.js';
import type { Batcher, BatchOutcome } from '../platform/batcher.js';
import { Database } from '../platform/database/database.js';
import type { Tx } from '../platform/database/transaction.js';
import type { ClaimRow } from './claim.js';
import { decideMove } from './claim-move.js';
import type { ClaimMove, MoveRequest } from './claim-move.js';
import { ClaimMoveStore } from './claim-move.store.js';
import { ClaimStore } from './claim.store.js';
import { only, untilWhole } from './claim-batch.js';
import { firstOfEach } from './first-of-each.js';

/** How often claims are read again when they moved between reading and writing. */
const maxTries = 8;

/** Confirms, fails and voids: the calls of a moment in one reading and one writing statement. */
@Injectable()
export class ClaimMoving {
  readonly #batcher: Batcher<MoveRequest, ClaimRow>;

  constructor(
    private readonly database: Database,
    private readonly claims: ClaimStore,
    private readonly store: ClaimMoveStore,
    private readonly secrets: DeviceSecrets,
  ) {
    this.#batcher = createBatcher<MoveRequest, ClaimRow>({
      run: (requests) => this.#many(requests),
      runOne: (request) => this.#one(request),
    });
  }

  /**
   * Moves one claim, with the calls of this moment or in the transaction that is joined.
   *
   * Errors: those of `decideMove`.
   */
  async move(request: MoveRequest): Promise<ClaimRow> {
    const { joined } = this.database;
    return await (joined
      ? only(await this.#onTx(joined, [request]))
      : this.#batcher.submit(request));
  }

  /**
   * Moves claims that differ from each other, in one statement; each has its own outcome.
   *
   * Shape: outcomes in the order of the requests. Errors, in an outcome: those of `decideMove`.
   */
  async moveAll(requests: readonly MoveRequest[]): Promise<PromiseSettledResult<ClaimRow>[]> {
    const { joined } = this.database;
    return await (joined ? this.#onTx(joined, requests) : this.#batcher.submitAll(requests));
  }

  async #many(requests: readonly MoveRequest[]): Promise<BatchOutcome<ClaimRow>[]> {
    const { firsts, indexes } = firstOfEach(requests, ({ claimId }) => ({ own: claimId }));
    const outcomes = await this.#run(this.database.single, firsts);
    return requests.map((_, index) => outcomes[indexes.get(index) ?? -1] ?? { kind: 'singly' });
  }

  async #one(request: MoveRequest): Promise<ClaimRow> {
    for (let tries = 1; tries <= maxTries; tries += 1) {
      const [outcome] = await this.#run(this.database.single, [request]);
      if (outcome?.kind === 'done') return outcome.value;
      if (outcome?.kind === 'failed') throw outcome.error;
    }
    throw keptMoving();
  }

  /** All or nothing at a time: a second try must not hold counters while it waits for claims. */
  async #onTx(tx: Tx, requests: readonly MoveRequest[]): Promise<PromiseSettledResult<ClaimRow>[]> {
    const settled = await untilWhole(tx, maxTries, async () => {
      const outcomes = await this.#run(tx, requests);
      return outcomes.some(({ kind }) => kind === 'singly') ? undefined : outcomes.map(settle);
    });
    if (!settled) throw keptMoving();
    return settled;
  }

  /** Reads, decides, writes; `singly` where the claim moved in between. */
  async #run(tx: Tx, requests: readonly MoveRequest[]): Promise<BatchOutcome<ClaimRow>[]> {
    const ids = requests.map((request) => request.claimId);
    const rows = await this.claims.findMany(tx, ids);
    const decided = await Promise.all(
      requests.map((request) => this.#decide(request, rows.get(request.claimId))),
    );
    const moves = decided.flatMap((outcome) => (outcome.kind === 'move' ? [outcome.move] : []));
    const times = await this.store.move(tx, moves);
    const changedAt = new Map(moves.map((move, index) => [move, times[index]]));
    return decided.map((outcome) => {
      if (outcome.kind !== 'move') return outcome;
      const at = changedAt.get(outcome.move);
      return at ? { kind: 'done', value: after(outcome.move, at) } : { kind: 'singly' };
    });
  }

  async #decide(request: MoveRequest, row: ClaimRow | undefined): Promise<Decided> {
    const isSecretNeeded = request.to === 'confirmed' && typeof request.proof !== 'string';
    try {
      const secret: Secret | undefined =
        isSecretNeeded && row ? await this.secrets.derive(row) : undefined;
      const move = decideMove(row, request, secret);
      if (move) return { kind: 'move', move };
      // `decideMove` throws for a claim that does not exist.
      return row ? { kind: 'done', value: row } : { kind: 'singly' };
    } catch (error) {
      return { kind: 'failed', error };
    }
  }
}

type Decided = BatchOutcome<ClaimRow> | { readonly kind: 'move'; readonly move: ClaimMove };

/** The claim as the statement has left it. */
function after({ from, to, proof, isVolatile, reason }: ClaimMove, changedAt: Date): ClaimRow {
  const endedAt = from.endedAt ?? changedAt;
  const ended = { ...from, endedAt, changedAt, failReason: reason };
  if (to === 'failed') {
    const isAgain = from.state === 'confirmed';
    return isAgain ? ended : { ...ended, state: to, proof };
  }
  return { ...ended, state: to, deviceState: to, proof, isVolatile };
}

function settle(outcome: BatchOutcome<ClaimRow>): PromiseSettledResult<ClaimRow> {
  if (outcome.kind === 'done') return { status: 'fulfilled', value: outcome.value };
  return { status: 'rejected', reason: outcome.kind === 'failed' ? outcome.error : keptMoving() };
}

function keptMoving(): DomainError {
  return new DomainError('service.overloaded', 'Others keep moving this claim.');
}
