import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DomainError } from '../core/errors.js';
import { identifyUnit } from '../core/unit-identity.js';
import type { UnitReport } from '../core/unit-identity.js';
import { DeviceSecrets } from '../devices/device-secrets.js';
import { Database } from '../platform/database/database.js';
import { ProductDirectory } from '../products/product-directory.js';
import type { Credential } from '../core/credential.js';
import type { ByStation, ClaimGrant, ClaimRequest, ClaimRow, Lease, ReadBack } from './claim.js';
import { ClaimLeasing } from './claim-leasing.js';
import { ClaimMoving } from './claim-moving.js';
import { notFound } from './claim-move.js';
import { ClaimStore } from './claim.store.js';
import { registrationLogin } from './registration-login.js';

/** Units: bytes of the random value that a registration login carries. */
const randomSizeBytes = 8;
/** Units: characters; what is kept of an ICCID or firmware version as a module prints it. */
const observationLength = 100;

/**
 * Claims of stations: for the HTTP edge and for a jig in this process.
 *
 * Every answer is given after the commit of what it says.
 */
@Injectable()
export class ClaimService {
  constructor(
    private readonly database: Database,
    private readonly claims: ClaimStore,
    private readonly leasing: ClaimLeasing,
    private readonly moving: ClaimMoving,
    private readonly secrets: DeviceSecrets,
    private readonly products: ProductDirectory,
  ) {}

  /**
   * Leases a free triple of an order to a unit; the same unit gets the same triple again, also from
   * another station, which then holds the claim, and also after the order has ended.
   *
   * Errors: `unit.*`, `order.not_found`, `order.station_not_allowed`, `order.minting`,
   * `order.refused`, `order.closed`, `order.expired`, `order.quota_used_up`, `order.stock_empty`,
   * `unit.bound_elsewhere`.
   */
  async claim(request: ClaimRequest): Promise<ClaimGrant> {
    const { actor, stationId, orderId, slot } = request;
    const unit = identifyUnit(clean(request.unit));
    const lease = await this.leasing.lease({ actor, stationId, orderId, slot, unit });
    const credential = await this.#credential(lease);
    const { claimId, isReissued, attempt, leaseUntil, acceptVolatile, remaining } = lease;
    return {
      claimId,
      orderId,
      isReissued,
      attempt,
      leaseUntil,
      credential,
      acceptVolatile,
      remaining,
    };
  }

  /**
   * Confirms that a unit holds its triple, proven by what was read back. Repeating it is safe.
   *
   * Shape: `isVolatile` says that the triple does not survive a restart of the module.
   * Errors: `claim.not_found`, `claim.read_back_mismatch`, `claim.not_leased`, `claim.void`,
   * `claim.volatile_not_accepted`.
   */
  async confirm(
    request: ByStation & {
      readonly claimId: number;
      readonly readBack: ReadBack;
      readonly isVolatile: boolean;
    },
  ): Promise<ClaimRow> {
    return await this.moving.move({ ...request, to: 'confirmed' });
  }

  /**
   * Notes that an attempt failed; a new claim of the same unit is its next attempt.
   *
   * Errors: `claim.not_found`, `claim.not_leased`, `claim.void`.
   */
  async fail(
    request: ByStation & { readonly claimId: number; readonly reason: string },
  ): Promise<ClaimRow> {
    return await this.moving.move({ ...request, to: 'failed' });
  }

  /**
   * Gives up the triple of a claim for ever; it keeps its place in the quota, because it was shown.
   *
   * Errors: `claim.not_found`, `claim.not_leased` (a confirmed claim is not voided by its station).
   */
  async void(
    request: ByStation & { readonly claimId: number; readonly reason: string },
  ): Promise<ClaimRow> {
    return await this.moving.move({ ...request, to: 'void' });
  }

  /** Errors: `claim.not_found`, also for the claim of another station. */
  async get(stationId: number, claimId: number): Promise<ClaimRow> {
    const row = (await this.claims.findMany(this.database.single, [claimId])).get(claimId);
    if (row?.stationId !== stationId) throw notFound(claimId);
    return row;
  }

  async #credential(lease: Lease): Promise<Credential> {
    const { productKey, deviceName } = lease;
    const kind = lease.provisioning;
    if (kind === 'device-secret') {
      return { kind, productKey, deviceName, deviceSecret: await this.secrets.derive(lease) };
    }
    const product = await this.#product(productKey);
    const random = randomBytes(randomSizeBytes).toString('hex');
    const productSecret = product.secret;
    const registration = registrationLogin({ productKey, deviceName, productSecret, random });
    return { kind, productKey, deviceName, registration };
  }

  /** A product that another copy of the service made a moment ago may not be known here yet. */
  async #product(productKey: string) {
    const known = this.products.find(productKey);
    if (known) return known;
    await this.products.reload(productKey);
    const loaded = this.products.find(productKey);
    if (!loaded) throw new DomainError('internal', 'An order names a product that is not there.');
    return loaded;
  }
}

/** ICCID and firmware are observations: what cannot be stored is dropped, never a reason to refuse. */
function clean(unit: UnitReport): UnitReport {
  return { ...unit, iccid: observation(unit.iccid), firmware: observation(unit.firmware) };
}

function observation(text: string | undefined): string | undefined {
  const shown = text?.replace(/[\p{Cc}\p{Cs}]/gu, '').trim();
  return shown?.slice(0, observationLength) || undefined;
}
