import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditStore } from '../audit/audit.store.js';
import { deriveDeviceToken, orderKeyBytes } from '../core/key-derivation.js';
import { isSameSecret } from '../core/read-back.js';
import { DeviceSecrets } from '../devices/device-secrets.js';
import { Database } from '../platform/database/database.js';
import { Signals } from '../platform/signals/signals.js';
import { FailedLogins } from './failed-logins.js';
import type { LoginFinding } from './failed-logins.js';
import type { TokenClaim } from './login-request.js';
import { TokenLoginStore } from './token-login.store.js';
import type { TokenHolder, TokenKey } from './token-login.store.js';

/** What a row says of a login. */
type Judgement =
  | { readonly finding: 'granted'; readonly holder: TokenHolder }
  | { readonly finding: 'stranger' | 'device_disabled' };

/**
 * Checks the logins of units that registered without pre-registration (`connwl`).
 *
 * Shape: `stranger` alike for everything that did not prove its token. The first login activates the
 * unit.
 * Source: Alibaba Cloud IoT: client id from the platform, user name `dn&pk`, token as password.
 */
@Injectable()
export class TokenLoginService {
  readonly #dummyKey = randomBytes(orderKeyBytes);
  readonly #failed: FailedLogins<TokenHolder>;

  constructor(
    private readonly database: Database,
    private readonly store: TokenLoginStore,
    private readonly secrets: DeviceSecrets,
    private readonly audit: AuditStore,
    signals: Signals,
  ) {
    this.#failed = new FailedLogins(signals);
  }

  /** Errors: `database.away`. */
  async logIn(claim: TokenClaim, address: string): Promise<LoginFinding> {
    const judgement = await this.#failed.judge(
      [claim.productKey, claim.deviceName, claim.clientId],
      () => this.store.read(this.database.single, storable(claim)),
      (holder) => this.#judge(claim, holder),
    );
    if (judgement.finding !== 'granted') return judgement.finding;
    const { holder } = judgement;
    if (holder.isActivated) return 'granted';
    return (await this.#activate(holder, claim, address)) ? 'granted' : 'units_used_up';
  }

  async #judge(claim: TokenClaim, holder: TokenHolder | undefined): Promise<Judgement> {
    const token = holder
      ? await this.secrets.deriveToken({ ...claim, orderId: holder.orderId })
      : deriveDeviceToken(this.#dummyKey, claim);
    const isProven = isSameSecret(token, claim.token);
    if (!isProven || !holder || holder.isVoid) return { finding: 'stranger' };
    return holder.isDisabled ? { finding: 'device_disabled' } : { finding: 'granted', holder };
  }

  async #activate(holder: TokenHolder, claim: TokenClaim, address: string): Promise<boolean> {
    return await this.database.inTransaction(async (tx) => {
      await this.store.lock(tx, holder);
      const now = await this.store.read(tx, claim);
      if (!now || now.isVoid || now.isDisabled) return false;
      if (now.isActivated) return true;
      if (!(await this.store.activate(tx, now))) return false;
      const { productKey, deviceName, clientId } = claim;
      await this.audit.record(tx, {
        action: 'device.activated',
        actor: { label: 'device', address },
        productKey,
        deviceName,
        orderId: now.orderId,
        detail: { clientId },
      });
      return true;
    });
  }
}

/** PostgreSQL takes no NUL; no unit has one in its names. */
function storable({ productKey, deviceName, clientId }: TokenClaim): TokenKey {
  const isOdd = [productKey, deviceName, clientId].some((name) => name.includes('\0'));
  return isOdd
    ? { productKey: '', deviceName: '', clientId: '' }
    : { productKey, deviceName, clientId };
}
