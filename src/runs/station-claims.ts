import { setTimeout as delay } from 'node:timers/promises';
import type { Actor } from '../audit/audit-event.js';
import { publicId, parsePublicId } from '../core/public-id.js';
import { DomainError } from '../core/errors.js';
import { Secret } from '../core/secret.js';
import type { JigMode } from '../jig/batch.js';
import type { ClaimGrant, Claims, JigProof } from '../jig/claims.js';
import type { SlotPhase } from '../jig/slot-result.js';
import type { BrokerAddress } from '../platform/broker-address.js';
import type {
  ClaimGrant as GrantOfService,
  ClaimRow,
  ConfirmRequest,
  GivenProof,
  SlotUnit,
} from '../stations/claim.js';
import type { ClaimService } from '../stations/claim.service.js';
import type { UnitReport } from '../core/unit-identity.js';
import { Gatherer } from '../jig/gatherer.js';
import { insist } from './insist.js';

/** Units: ms between two looks; a login that is not the first is written down half a second later. */
const lookEveryMs = 250;
const mostLooks = 12;

/** For whom a jig in this process claims, and in which order. */
export interface JigStation {
  readonly actor: Actor;
  readonly stationId: number;
  readonly orderId: number;
  /** The host by which the caller reached the service. */
  readonly host: string;
}

/**
 * How long what gets no answer is asked for. Units: ms.
 *
 * A unit that waits for its claim holds nothing yet; one that waits for its confirm is written
 * already. A `fail` must not arrive when the slot has been left: it would end the next attempt.
 */
const patienceMs = { claim: 20_000, confirm: 60_000, fail: 6_000 } as const;
type Call = keyof typeof patienceMs;

/** The run whose slots ask. */
export interface AskingRun {
  readonly signal: AbortSignal;
  readonly mode: JigMode;
  /** How many of its slots are in a phase. */
  countIn(phase: SlotPhase): number;
  /** Hears that there was no answer, before it is asked for again. */
  onAgain(call: Call, error: DomainError): void;
}

/**
 * Lets a jig in this process ask the claims of its station.
 *
 * Shape: slots that claim, or confirm, at the same moment do it in one batch; what gets no answer,
 * because the database is away, is asked again.
 */
export class StationClaims implements Claims {
  readonly #claims: Gatherer<SlotUnit<UnitReport>, GrantOfService>;
  readonly #confirms: Gatherer<ConfirmRequest, ClaimRow>;

  constructor(
    private readonly claims: ClaimService,
    private readonly broker: BrokerAddress,
    private readonly station: JigStation,
    private readonly run: AskingRun,
  ) {
    const { actor, stationId, orderId } = station;
    const common = { actor, stationId, orderId, isWhole: run.mode === 'batch' };
    this.#claims = new Gatherer({
      askAll: (units) => this.#insist('claim', () => claims.claimAll({ ...common, units })),
      nearby: () => run.countIn('identify'),
    });
    this.#confirms = new Gatherer({
      askAll: (requests) => this.#insist('confirm', () => claims.confirmAll(requests)),
      nearby: () => run.countIn('verify'),
    });
  }

  async claim({ slot, unit }: Parameters<Claims['claim']>[0]): Promise<ClaimGrant> {
    const grant = await this.#claims.ask({ slot, unit });
    return {
      claimId: publicId('clm', grant.claimId),
      attempt: grant.attempt,
      reissued: grant.isReissued,
      credential: grant.credential,
      broker: this.broker.resolve(this.station.host),
      acceptVolatile: grant.acceptVolatile,
      acceptProofs: grant.acceptProofs,
    };
  }

  async confirm(claimId: string, result: Parameters<Claims['confirm']>[1]): Promise<void> {
    const { isVolatile } = result;
    const request = { ...this.#claim(claimId), proof: givenProof(result.proof), isVolatile };
    for (let looks = 1; ; looks += 1) {
      try {
        await this.#confirms.ask(request);
        return;
      } catch (error) {
        if (looks === mostLooks || !isUnseen(error)) throw error;
      }
      await delay(lookEveryMs);
    }
  }

  async fail(claimId: string, reason: string): Promise<void> {
    await this.#insist('fail', () => this.claims.fail({ ...this.#claim(claimId), reason }));
  }

  #insist<T>(call: Call, ask: () => Promise<T>): Promise<T> {
    return insist(ask, {
      patienceMs: patienceMs[call],
      signal: this.run.signal,
      onAgain: (error) => {
        this.run.onAgain(call, error);
      },
    });
  }

  #claim(claimId: string): { actor: Actor; stationId: number; claimId: number } {
    const { actor, stationId } = this.station;
    const id = parsePublicId('clm', claimId);
    if (id === undefined) throw new DomainError('internal', `${claimId} is no claim.`);
    return { actor, stationId, claimId: id };
  }
}

function givenProof(proof: JigProof): GivenProof {
  switch (proof.kind) {
    case 'digest': {
      const { deviceName, secretDigest } = proof;
      return { deviceName, secret: { kind: 'digest', digest: secretDigest } };
    }
    case 'fingerprint': {
      const fingerprint = new Secret(proof.fingerprint);
      return { deviceName: proof.deviceName, secret: { kind: 'fingerprint', fingerprint } };
    }
    case 'login':
      return 'login';
  }
}

function isUnseen(error: unknown): boolean {
  return error instanceof DomainError && error.code === 'claim.no_login';
}
