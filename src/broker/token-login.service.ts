import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditStore } from '../audit/audit.store.js';
import { StrangerCounter } from '../audit/stranger-counter.js';
import { deriveDeviceToken, orderKeyBytes } from '../core/key-derivation.js';
import { isSameSecret } from '../core/read-back.js';
import { DeviceSecrets } from '../devices/device-secrets.js';
import { Database } from '../platform/database/database.js';
import type { ReturnCode } from './connack.js';
import type { TokenClaim } from './login-request.js';
import { TokenLoginStore } from './token-login.store.js';
import type { TokenHolder } from './token-login.store.js';

/**
 * Checks the logins of units that registered without pre-registration (`connwl`).
 *
 * Shape: undefined grants; else a CONNACK code, 4 alike for everything that did not prove its token,
 * 5 for one that did and may not. The first login activates the unit.
 * Source: Alibaba Cloud IoT: client id from the platform, user name `dn&pk`, token as password.
 */
@Injectable()
export class TokenLoginService {
  readonly #dummyKey = randomBytes(orderKeyBytes);

  constructor(
    private readonly database: Database,
    private readonly store: TokenLoginStore,
    private readonly secrets: DeviceSecrets,
    private readonly audit: AuditStore,
    private readonly strangers: StrangerCounter,
  ) {}

  /** Errors: `database.away`. */
  async refusal(claim: TokenClaim, address: string): Promise<ReturnCode | undefined> {
    const holder = await this.store.read(this.database.single, claim);
    const token = holder
      ? await this.secrets.deriveToken({ ...claim, orderId: holder.orderId })
      : deriveDeviceToken(this.#dummyKey, claim);
    const isProven = isSameSecret(token, claim.token);
    if (!isProven || !holder || holder.isVoid) {
      this.strangers.count(address, claim.productKey);
      return 4;
    }
    if (holder.isDisabled) return 5;
    if (holder.isActivated) return undefined;
    return (await this.#activate(holder, claim, address)) ? undefined : 5;
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
