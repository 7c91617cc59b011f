import { DomainError } from '../../src/core/errors.js';
import { defaultProofs } from '../../src/core/lifecycle.js';
import type { Proof } from '../../src/core/lifecycle.js';
import { readBackDigest, secretFingerprint } from '../../src/core/read-back.js';
import { Secret } from '../../src/core/secret.js';
import type { Credential } from '../../src/core/credential.js';
import type { ClaimGrant, Claims, JigProof } from '../../src/jig/claims.js';

/** How a desk departs from the plain one. Shape: `deviceSecret` is the secret of every unit. */
export interface DeskOptions {
  readonly deviceSecret?: string;
  readonly deviceName?: string;
  readonly acceptVolatile?: boolean;
  readonly acceptProofs?: readonly Proof[];
  readonly registration?: { readonly host: string };
  readonly broker?: { readonly host: string; readonly port: number };
  /** Whether the device of a claim was let in by the broker; else a login is taken on its word. */
  readonly hasLoggedIn?: (claimId: string) => boolean;
  readonly claim?: (request: Parameters<Claims['claim']>[0]) => Promise<void>;
  readonly confirm?: () => Promise<void>;
  readonly fail?: () => Promise<void>;
}

/** A desk in memory that keeps the rules of a claim: one triple a unit, and a proof that must hold. */
export class ClaimDesk implements Claims {
  readonly log: string[] = [];
  readonly secrets = new Map<string, Secret>();

  constructor(private readonly options: DeskOptions = {}) {}

  async claim(request: Parameters<Claims['claim']>[0]): Promise<ClaimGrant> {
    await this.options.claim?.(request);
    const identity = request.unit.imei ?? request.unit.sn ?? request.unit.mac ?? '?';
    const claimId = `clm_${identity}`;
    this.log.push(`claim ${identity}`);
    const reissued = this.secrets.has(claimId);
    const secret =
      this.secrets.get(claimId) ??
      new Secret(this.options.deviceSecret ?? identity.padStart(32, 'c'));
    this.secrets.set(claimId, secret);
    return {
      claimId,
      attempt: 1,
      reissued,
      credential: this.credential(identity, secret),
      broker: this.options.broker ?? {
        host: this.options.registration?.host ?? 'broker.test',
        port: 1883,
      },
      acceptVolatile: this.options.acceptVolatile ?? false,
      acceptProofs: this.options.acceptProofs ?? defaultProofs,
    };
  }

  async confirm(
    claimId: string,
    { proof, isVolatile }: Parameters<Claims['confirm']>[1],
  ): Promise<void> {
    const secret = this.secrets.get(claimId);
    if (secret === undefined || !isFitting(proof, secret, claimId)) {
      throw new DomainError('request.invalid', 'The proof does not fit.');
    }
    if (proof.kind === 'login' && this.options.hasLoggedIn?.(claimId) === false) {
      throw new DomainError('claim.no_login', 'Its device has not logged in.');
    }
    const by = proof.kind === 'digest' ? '' : ` by ${proof.kind}`;
    const name = this.options.deviceName ?? `dn_${claimId.slice(-4)}`;
    this.log.push(`confirm ${claimId} ${name}${by}${isVolatile ? ' volatile' : ''}`);
    await this.options.confirm?.();
  }

  fail(claimId: string, reason: string): Promise<void> {
    this.log.push(`fail ${claimId} ${reason}`);
    return this.options.fail?.() ?? Promise.resolve();
  }

  private credential(identity: string, secret: Secret): Credential {
    const deviceName = this.options.deviceName ?? `dn_${identity.slice(-4)}`;
    const names = { productKey: 'a1JszCpjS61', deviceName };
    if (this.options.registration === undefined) {
      return { kind: 'device-secret', ...names, deviceSecret: secret };
    }
    const username = `${names.deviceName}&${names.productKey}`;
    const clientId = `${names.deviceName}|securemode=2,authType=register,random=7|`;
    const password = new Secret('p'.repeat(64));
    return { kind: 'product-secret', ...names, registration: { clientId, username, password } };
  }
}

function isFitting(proof: JigProof, secret: Secret, claimId: string): boolean {
  switch (proof.kind) {
    case 'digest':
      return proof.secretDigest === readBackDigest(secret, claimId);
    case 'fingerprint':
      return proof.fingerprint === secretFingerprint(secret);
    case 'login':
      return true;
  }
}
