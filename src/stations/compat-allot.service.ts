import { Injectable } from '@nestjs/common';
import { DomainError } from '../core/errors.js';
import { blankImeis, identifyUnit } from '../core/unit-identity.js';
import type { UnitReport } from '../core/unit-identity.js';
import { Database } from '../platform/database/database.js';
import { LineSettings } from '../platform/line-settings.js';
import type { ByStation, ClaimGrant, ClaimRow } from './claim.js';
import { ClaimService } from './claim.service.js';
import { CompatAllotStore } from './compat-allot.store.js';
import type { HeldClaim } from './compat-allot.store.js';

/** What a line tool knows of a unit. */
export interface CompatUnit extends ByStation {
  readonly productKey: string;
  readonly deviceId: string;
}

/** Orders that are tried in turn when others take the last triples of one. */
const ordersTried = 8;
/** What is said of an order whose last triple was taken, or that ended, since it was found. */
const isSpent: ReadonlySet<string> = new Set([
  'order.quota_used_up',
  'order.stock_empty',
  'order.closed',
  'order.expired',
  'order.held',
]);

/** Claims for lines that know product and unit only, as Alibaba's own line tool does. */
@Injectable()
export class CompatAllotService {
  constructor(
    private readonly database: Database,
    private readonly store: CompatAllotStore,
    private readonly claims: ClaimService,
    private readonly line: LineSettings,
  ) {}

  /**
   * Leases a triple of the oldest open order with triples left; a unit that holds one in this
   * product gets that one, also after its order has ended.
   *
   * Errors: `order.none_open`, those of `ClaimService.claim`.
   */
  async allot(asked: CompatUnit): Promise<ClaimGrant> {
    const { productKey, stationId } = asked;
    const held = await this.#held(asked);
    const orders = held
      ? [held.orderId]
      : await this.store.openOrders(this.database.single, productKey, stationId, ordersTried);
    const unit = unitOf(asked.deviceId);
    for (const orderId of orders) {
      try {
        return await this.claims.claim({
          actor: asked.actor,
          stationId,
          orderId,
          slot: null,
          unit,
        });
      } catch (error) {
        if (!(error instanceof DomainError) || held || !isSpent.has(error.code)) throw error;
      }
    }
    const detail = `No open order of ${productKey} has triples left for this station.`;
    throw new DomainError('order.none_open', detail, { productKey });
  }

  /** Confirms by the word of the line. Errors: `claim.not_found`, those of `ClaimService.confirm`. */
  async confirm(asked: CompatUnit): Promise<ClaimRow> {
    const { claimId } = await this.#mustHold(asked);
    const { actor, stationId } = asked;
    return await this.claims.confirm({
      actor,
      stationId,
      claimId,
      proof: 'word',
      isVolatile: false,
    });
  }

  /** Notes that the attempt failed. Errors: `claim.not_found`, those of `ClaimService.fail`. */
  async fail(asked: CompatUnit): Promise<ClaimRow> {
    const { claimId } = await this.#mustHold(asked);
    const { actor, stationId } = asked;
    const reason = 'the line tool reported that burning failed (Action 2)';
    return await this.claims.fail({ actor, stationId, claimId, reason });
  }

  async #held({ productKey, deviceId }: CompatUnit): Promise<HeldClaim | undefined> {
    const blanks = [...blankImeis, ...this.line.blankImeis];
    const { identity } = identifyUnit(unitOf(deviceId), blanks);
    return await this.store.held(this.database.single, productKey, identity);
  }

  async #mustHold(asked: CompatUnit): Promise<HeldClaim> {
    const held = await this.#held(asked);
    if (held) return held;
    const detail = `${asked.deviceId} holds no triple of ${asked.productKey}.`;
    throw new DomainError('claim.not_found', detail);
  }
}

/**
 * What has the form of an IMEI is one, with its check digit: a misread IMEI taken for a serial number
 * would be a second unit with a second triple.
 */
function unitOf(deviceId: string): UnitReport {
  const isImei = /^\d{15}$/.test(deviceId.replace(/[\s-]/g, ''));
  return isImei ? { imei: deviceId } : { sn: deviceId };
}
