import type { Actor } from '../audit/audit-event.js';
import { publicId, parsePublicId } from '../core/public-id.js';
import { DomainError } from '../core/errors.js';
import type { ClaimGrant, Claims } from '../jig/claims.js';
import type { BrokerAddress } from '../platform/broker-address.js';
import type { ClaimService } from '../stations/claim.service.js';

/** For whom a jig in this process claims. */
export interface JigStation {
  readonly actor: Actor;
  readonly stationId: number;
  /** The host by which the caller reached the service. */
  readonly host: string;
}

/** Lets a jig in this process ask the claims of its station. */
export class StationClaims implements Claims {
  constructor(
    private readonly claims: ClaimService,
    private readonly broker: BrokerAddress,
    private readonly station: JigStation,
  ) {}

  async claim(request: Parameters<Claims['claim']>[0]): Promise<ClaimGrant> {
    const { actor, stationId, host } = this.station;
    const grant = await this.claims.claim({
      actor,
      stationId,
      orderId: numberOf('ord', request.orderId),
      slot: request.slot,
      unit: request.unit,
    });
    return {
      claimId: publicId('clm', grant.claimId),
      attempt: grant.attempt,
      reissued: grant.isReissued,
      credential: grant.credential,
      broker: this.broker.resolve(host),
      acceptVolatile: grant.acceptVolatile,
    };
  }

  async confirm(claimId: string, proof: Parameters<Claims['confirm']>[1]): Promise<void> {
    const { deviceName, secretDigest, isVolatile } = proof;
    await this.claims.confirm({
      ...this.#claim(claimId),
      proof: { deviceName, secret: { kind: 'digest', digest: secretDigest } },
      isVolatile,
    });
  }

  async fail(claimId: string, reason: string): Promise<void> {
    await this.claims.fail({ ...this.#claim(claimId), reason });
  }

  #claim(claimId: string): { actor: Actor; stationId: number; claimId: number } {
    const { actor, stationId } = this.station;
    return { actor, stationId, claimId: numberOf('clm', claimId) };
  }
}

function numberOf(kind: 'ord' | 'clm', text: string): number {
  const id = parsePublicId(kind, text);
  if (id === undefined) throw new DomainError('internal', `${text} is no ${kind} identifier.`);
  return id;
}
