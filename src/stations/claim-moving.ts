import { Injectable } from '@nestjs/common';
import { DomainError } from '../core/errors.js';
import type { Secret } from '../core/secret.js';
import { DeviceSecrets } from '../devices/device-secrets.js';
import { createBatcher } from '../platform/batcher.js';
import type { Batcher, BatchOutcome } from '../platform/batcher.js';
import { Database } from '../platform/database/database.js';
import type { ClaimRow } from './claim.js';
import { decideMove } from './claim-move.js';
import type { ClaimMove, MoveRequest } from './claim-move.js';
import { ClaimMoveStore } from './claim-move.store.js';
import { ClaimStore } from './claim.store.js';
import { firstOfEach } from './first-of-each.js';

/** How often a claim is read again when it moved between reading and writing. */
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

  /** Errors: those of `decideMove`. */
  async move(request: MoveRequest): Promise<ClaimRow> {
    return await this.#batcher.submit(request);
  }

  async #many(requests: readonly MoveRequest[]): Promise<BatchOutcome<ClaimRow>[]> {
    const { firsts, indexes } = firstOfEach(requests, (request) => request.claimId);
    const outcomes = await this.#run(firsts);
    return requests.map((_, index) => outcomes[indexes.get(index) ?? -1] ?? { kind: 'singly' });
  }

  async #one(request: MoveRequest): Promise<ClaimRow> {
    for (let tries = 1; tries <= maxTries; tries += 1) {
      const [outcome] = await this.#run([request]);
      if (outcome?.kind === 'done') return outcome.value;
      if (outcome?.kind === 'failed') throw outcome.error;
    }
    throw new DomainError('service.overloaded', 'Others keep moving this claim.');
  }

  /** Reads, decides, writes; `singly` where the claim moved in between. */
  async #run(requests: readonly MoveRequest[]): Promise<BatchOutcome<ClaimRow>[]> {
    const ids = requests.map((request) => request.claimId);
    const rows = await this.claims.findMany(this.database.single, ids);
    const decided = await Promise.all(
      requests.map((request) => this.#decide(request, rows.get(request.claimId))),
    );
    const moves = decided.flatMap((outcome) => (outcome.kind === 'move' ? [outcome.move] : []));
    const times = await this.store.move(this.database.single, moves);
    const changedAt = new Map(moves.map((move, index) => [move, times[index]]));
    return decided.map((outcome) => {
      if (outcome.kind !== 'move') return outcome;
      const at = changedAt.get(outcome.move);
      return at ? { kind: 'done', value: after(outcome.move, at) } : { kind: 'singly' };
    });
  }

  async #decide(request: MoveRequest, row: ClaimRow | undefined): Promise<Decided> {
    const isProofNeeded = request.to === 'confirmed' && row !== undefined;
    const secret: Secret | undefined = isProofNeeded ? await this.secrets.derive(row) : undefined;
    try {
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

function after({ from, to, proof, isVolatile, reason }: ClaimMove, changedAt: Date): ClaimRow {
  const failReason = to === 'failed' ? reason : from.failReason;
  const deviceState = to === 'failed' ? from.deviceState : to;
  return { ...from, state: to, proof, isVolatile, failReason, deviceState, changedAt };
}
