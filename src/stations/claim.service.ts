import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DomainError } from '../core/errors.js';
import { blankImeis, identifyUnit } from '../core/unit-identity.js';
import type { Unit, UnitReport } from '../core/unit-identity.js';
import { DeviceSecrets } from '../devices/device-secrets.js';
import { Database } from '../platform/database/database.js';
import type { Tx } from '../platform/database/transaction.js';
import { LineSettings } from '../platform/line-settings.js';
import { ProductDirectory } from '../products/product-directory.js';
import type { Credential } from '../core/credential.js';
import type {
  BatchClaimRequest,
  ClaimGrant,
  ClaimRequest,
  ClaimRow,
  ConfirmRequest,
  EndRequest,
  Lease,
  SlotUnit,
} from './claim.js';
import { observed, refuseTwice, refuseTwins } from './claim-asked.js';
import { allOrNone, resultOf, runAccepted } from './claim-batch.js';
import type { BatchResult } from './claim-batch.js';
import { ClaimLeasing } from './claim-leasing.js';
import { ClaimMoving } from './claim-moving.js';
import { notFound } from './claim-move.js';
import { ClaimStore } from './claim.store.js';
import { registrationLogin } from './registration-login.js';

/** Units: bytes of the random value that a registration login carries. */
const randomSizeBytes = 8;

/**
 * Claims of stations: for the HTTP edge and for a jig in this process.
 *
 * Every answer is given after the commit of what it says; what is asked inside `Database.asOne` is
 * part of that transaction.
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
    private readonly line: LineSettings,
  ) {}

  /**
   * Leases a free triple of an order to a unit; the same unit gets the same triple again, also from
   * another station, which then holds the claim, and also after the order has ended.
   *
   * Errors: `unit.*`, `order.not_found`, `order.station_not_allowed`, `order.minting`,
   * `order.refused`, `order.closed`, `order.expired`, `order.quota_used_up`, `order.stock_empty`.
   */
  async claim(request: ClaimRequest): Promise<ClaimGrant> {
    const lease = await this.leasing.lease({ ...request, unit: this.#identify(request.unit) });
    return await this.#grant(lease);
  }

  /**
   * Leases for up to 64 units at once; each has its own outcome, none spoils another.
   *
   * Shape: outcomes in the order of the units; with `isWhole` all of them get their triples or none.
   * Errors, in an outcome: those of `claim`, `unit.twice_in_batch` for each of two entries that are
   * or may be the same unit, and `claim.batch_incomplete` beside a unit that was refused.
   */
  async claimAll(request: BatchClaimRequest): Promise<BatchResult<ClaimGrant>[]> {
    if (!request.isWhole) return await this.#claimEach(request);
    const { joined } = this.database;
    const work = (tx: Tx) => allOrNone(tx, () => this.#claimEach(request));
    return await (joined ? work(joined) : this.database.asOne(work));
  }

  async #claimEach(request: BatchClaimRequest): Promise<BatchResult<ClaimGrant>[]> {
    const { actor, stationId, orderId, units } = request;
    const asked = refuseTwins(units.map((one) => this.#tryIdentify(one)));
    const leases = await runAccepted(asked, (accepted) =>
      this.leasing.leaseAll(accepted.map((one) => ({ actor, stationId, orderId, ...one }))),
    );
    return await Promise.all(
      leases.map(async (one) => (one.ok ? { ok: true, value: await this.#grant(one.value) } : one)),
    );
  }

  /**
   * Confirms that a unit holds its triple, by a proof that the order accepts. Repeating it is safe.
   *
   * Errors: `claim.not_found`, `claim.proof_not_accepted`, `claim.read_back_mismatch`,
   * `claim.no_login`, `claim.not_leased`, `claim.void`, `claim.volatile_not_accepted`.
   */
  async confirm(request: ConfirmRequest): Promise<ClaimRow> {
    return await this.moving.move({ ...request, to: 'confirmed' });
  }

  /**
   * Confirms up to 64 claims at once; each has its own outcome, none spoils another.
   *
   * Shape: outcomes in the order of the requests. Errors, in an outcome: those of `confirm` and
   * `claim.twice_in_batch` for each of two entries of one claim.
   */
  async confirmAll(requests: readonly ConfirmRequest[]): Promise<BatchResult<ClaimRow>[]> {
    return await runAccepted(refuseTwice(requests), (accepted) =>
      this.moving.moveAll(accepted.map((one) => ({ ...one, to: 'confirmed' }))),
    );
  }

  /**
   * Notes that an attempt failed; a new claim of the same unit is its next attempt. A confirmed unit
   * that was claimed again stays confirmed, and is doubted until it is proven again.
   *
   * Errors: `claim.not_found`, `claim.not_leased`, `claim.confirmed`, `claim.void`.
   */
  async fail(request: EndRequest): Promise<ClaimRow> {
    return await this.moving.move({ ...request, to: 'failed' });
  }

  /**
   * Gives up the triple of a claim for ever; it keeps its place in the quota, because it was shown.
   *
   * Errors: `claim.not_found`, `claim.confirmed` (a confirmed unit is not voided by its station).
   */
  async void(request: EndRequest): Promise<ClaimRow> {
    return await this.moving.move({ ...request, to: 'void' });
  }

  /** Errors: `claim.not_found`, also for the claim of another station. */
  async get(stationId: number, claimId: number): Promise<ClaimRow> {
    const row = (await this.claims.findMany(this.database.single, [claimId])).get(claimId);
    if (row?.stationId !== stationId) throw notFound(claimId);
    return row;
  }

  #identify(report: UnitReport): Unit {
    return identifyUnit(observed(report), [...blankImeis, ...this.line.blankImeis]);
  }

  #tryIdentify({ unit, slot }: SlotUnit<UnitReport>): BatchResult<SlotUnit<Unit>> {
    try {
      return { ok: true, value: { slot, unit: this.#identify(unit) } };
    } catch (error) {
      return resultOf({ status: 'rejected', reason: error });
    }
  }

  async #grant(lease: Lease): Promise<ClaimGrant> {
    const { claimId, orderId, isReissued, attempt, generation, leaseUntil } = lease;
    const { acceptVolatile, acceptProofs, remaining } = lease;
    const credential = await this.#credential(lease);
    const told = { claimId, orderId, isReissued, attempt, generation, leaseUntil };
    return { ...told, acceptVolatile, acceptProofs, remaining, credential };
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
