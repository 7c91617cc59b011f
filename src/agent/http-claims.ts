import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Api } from '../commands/api-client.js';
import type { UnitReport } from '../core/unit-identity.js';
import type { JigMode } from '../jig/batch.js';
import type { ClaimGrant, Claims } from '../jig/claims.js';
import { Gatherer } from '../jig/gatherer.js';
import type { Answer } from '../jig/gatherer.js';
import type { SlotPhase } from '../jig/slot-result.js';
import type { Journal } from './journal.js';
import type { ClaimedEntry, ResultEntry } from './journal-entry.js';
import type { Outbox } from './outbox.js';
import type { Owner } from './owner.js';
import { isWorthRepeating, linkTrouble, waitMs } from './patience.js';
import type { Patience } from './patience.js';
import { readGrants } from './service-answers.js';

/**
 * What claims over HTTPS work with.
 *
 * Shape: `signal` ends the repeating; `countIn` tells how many slots are in a phase; `onLink` hears
 * after each try what is wrong with the link, or nothing where there was an answer.
 */
export interface HttpClaimsParts {
  readonly api: Api;
  readonly journal: Journal;
  readonly owner: Owner;
  readonly outbox: Outbox;
  readonly patience: Patience;
  readonly signal: AbortSignal;
  readonly mode?: JigMode | undefined;
  readonly countIn: (phase: SlotPhase) => number;
  readonly onLink: (trouble: string | undefined) => void;
}

/** A unit on a slot, as a claim names it. */
interface Asked {
  readonly orderId: string;
  readonly slot: number;
  readonly unit: UnitReport;
}

/**
 * Claims of a station on another machine: a claim needs the service, a result only the disk.
 *
 * Shape: slots that claim, or confirm, at the same moment do it in one batch.
 */
export class HttpClaims implements Claims {
  readonly #claims: Gatherer<Asked, ClaimGrant>;
  readonly #confirms: Gatherer<ResultEntry, boolean>;

  constructor(private readonly parts: HttpClaimsParts) {
    const { countIn } = parts;
    this.#claims = new Gatherer({
      askAll: (asked) => this.#claimAll(asked),
      nearby: () => countIn('identify'),
    });
    this.#confirms = new Gatherer({
      askAll: (results) => this.#confirmAll(results),
      nearby: () => countIn('verify'),
    });
  }

  /**
   * Shape: what waits to be told is told first, for it may be about the same unit. Repeated with one
   * `requestId` until it is answered or the patience is over.
   */
  claim(request: Parameters<Claims['claim']>[0]): Promise<ClaimGrant> {
    return this.#claims.ask(request);
  }

  /**
   * Shape: kept when the service has taken it, or when it is on the disk and the link is away; but a
   * login only when it was taken, for the service alone knows of that.
   */
  async confirm(claimId: string, result: Parameters<Claims['confirm']>[1]): Promise<void> {
    const isTaken = await this.#confirms.ask(resultOf(claimId, { kind: 'confirm', ...result }));
    if (!isTaken && result.proof.kind === 'login') {
      throw new Error('the service has not said whether it saw the login');
    }
  }

  /** Shape: kept when it is on the disk. */
  async fail(claimId: string, reason: string): Promise<void> {
    await this.parts.outbox.add(resultOf(claimId, { kind: 'fail', reason }));
  }

  async #claimAll(asked: readonly Asked[]): Promise<readonly Answer<ClaimGrant>[]> {
    const { journal, mode } = this.parts;
    let requestId = randomUUID();
    const body = {
      orderId: asked[0]?.orderId,
      units: asked.map(({ slot, unit }) => ({ slot, ...unit })),
      ...(mode === 'batch' && { whole: true }),
    };
    const answers = await this.#insist(async () => {
      const given = await this.#askOnce(body, requestId, asked.length);
      const [first] = given;
      if (first?.ok === false && given.every(isForNow)) {
        // This answer is kept by the service under its id.
        requestId = randomUUID();
        throw first.error;
      }
      return given;
    });
    const granted = answers.flatMap((one, index) => {
      const at = asked[index];
      return one.ok && at ? [claimedOf(at, one.value)] : [];
    });
    await journal.append(...granted);
    return answers;
  }

  async #askOnce(body: unknown, requestId: string, count: number): Promise<Answer<ClaimGrant>[]> {
    const { api, owner, outbox, onLink } = this.parts;
    try {
      await owner.assure();
      await outbox.flush();
      const given = readGrants(await api.post('/claims/batch', body, requestId), count);
      onLink(undefined);
      return given;
    } catch (error) {
      onLink(linkTrouble(error));
      throw error;
    }
  }

  async #confirmAll(results: readonly ResultEntry[]): Promise<readonly Answer<boolean>[]> {
    const { outbox, patience } = this.parts;
    await outbox.add(...results);
    return await Promise.all(
      results.map(({ requestId }) =>
        outbox.answered(requestId, patience.confirmMs).then(
          (value): Answer<boolean> => ({ ok: true, value }),
          (error: unknown): Answer<boolean> => ({ ok: false, error }),
        ),
      ),
    );
  }

  async #insist<T>(ask: () => Promise<T>): Promise<T> {
    const { patience, signal } = this.parts;
    const untilMs = performance.now() + patience.claimMs;
    for (let tries = 1; ; tries += 1) {
      try {
        return await ask();
      } catch (error) {
        const ms = waitMs(patience, tries, error, Math.random());
        const leftMs = untilMs - performance.now();
        if (!isWorthRepeating(error) || leftMs <= 0) throw error;
        await delay(Math.min(ms, leftMs), undefined, { signal });
      }
    }
  }
}

/** Whether a refusal passes by itself, as that of an order that is still minting. */
function isForNow(answer: Answer<ClaimGrant>): boolean {
  return !answer.ok && isWorthRepeating(answer.error);
}

function claimedOf({ slot, unit }: Asked, { claimId, credential }: ClaimGrant): ClaimedEntry {
  const { imei, sn, mac } = unit;
  return {
    kind: 'claimed',
    at: new Date().toISOString(),
    claimId,
    slot,
    deviceName: credential.deviceName,
    unit: { ...(imei && { imei }), ...(sn && { sn }), ...(mac && { mac }) },
  };
}

function resultOf(claimId: string, report: ResultEntry['report']): ResultEntry {
  const at = new Date().toISOString();
  return { kind: 'result', at, requestId: randomUUID(), claimId, report };
}
