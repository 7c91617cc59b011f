import { Inject, Injectable } from '@nestjs/common';
import type { ProvenRefusal } from '../audit/audit-event.js';
import { RefusalCounter } from '../audit/refusal-counter.js';
import { StrangerCounter } from '../audit/stranger-counter.js';
import { DomainError } from '../core/errors.js';
import { AddressLimit } from '../platform/limits/address-limit.js';
import { LOGGER } from '../platform/logger.js';
import type { Logger } from '../platform/logger.js';
import type { ReturnCode } from './connack.js';
import type { LoginFinding } from './failed-logins.js';
import { parseLogin, parseTokenLogin } from './login-request.js';
import type { LoginClaim, LoginRequest, TokenClaim } from './login-request.js';
import { SecretLoginService } from './secret-login.service.js';
import { TokenLoginService } from './token-login.service.js';

/** A device that proved its secret. */
export interface LoggedInDevice {
  readonly productKey: string;
  readonly deviceName: string;
  /** Told apart by it are the units that share a name, when they registered without pre-registration. */
  readonly clientId?: string;
}

/**
 * What a device has one connection for; a newer one ends the older.
 *
 * Shape: `productKey/deviceName`, and `/clientId` for units that share a name.
 */
export function connectionKey({ productKey, deviceName, clientId }: LoggedInDevice): string {
  const name = `${productKey}/${deviceName}`;
  return clientId === undefined ? name : `${name}/${clientId}`;
}

/** What a login comes to; `returnCode` as MQTT 3.1.1 counts them. */
export type LoginVerdict =
  | { readonly kind: 'granted'; readonly device: LoggedInDevice }
  | { readonly kind: 'refused'; readonly returnCode: ReturnCode };

const refused = (returnCode: ReturnCode): LoginVerdict => ({ kind: 'refused', returnCode });

/**
 * Answers the logins of devices, and tells the history of those that are refused.
 *
 * Shape: CONNACK 2 for a malformed client id, 4 alike for everything that did not prove the secret
 * of a living device, 5 for one that did and may not, 3 for trouble on our side and for too many
 * attempts from an address, whoever made them.
 * Source: Alibaba Cloud IoT, MQTT over TCP; C Link SDK 4.x takes 4 for a wrong triple.
 */
@Injectable()
export class DeviceLoginService {
  constructor(
    private readonly addresses: AddressLimit,
    private readonly secrets: SecretLoginService,
    private readonly tokens: TokenLoginService,
    private readonly strangers: StrangerCounter,
    private readonly refusals: RefusalCounter,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /**
   * Decides on a login; a device that is granted is activated, and that is committed.
   *
   * Shape: `isCounted` says that this attempt was counted for its address before.
   */
  async logIn(request: LoginRequest, address: string, isCounted = false): Promise<LoginVerdict> {
    const isTooMany = !isCounted && !this.addresses.take(address);
    const claim = parseTokenLogin(request) ?? parseLogin(request);
    if (typeof claim === 'string' || isTooMany) {
      this.strangers.count(address, typeof claim === 'string' ? '' : claim.productKey);
      if (isTooMany) return refused(3);
      return refused(claim === 'identifier' ? 2 : 4);
    }
    try {
      const finding = await this.#find(claim, address);
      return this.#answer(claim, address, finding);
    } catch (error) {
      const isExpected = error instanceof DomainError && error.entry.kind === 'unavailable';
      this.log[isExpected ? 'warn' : 'error']({ err: error }, 'device_login.failed');
      return refused(3);
    }
  }

  async #find(claim: LoginClaim | TokenClaim, address: string): Promise<LoginFinding> {
    if ('token' in claim) return await this.tokens.logIn(claim, address);
    return await this.secrets.logIn(claim, address);
  }

  #answer(claim: LoginClaim | TokenClaim, address: string, finding: LoginFinding): LoginVerdict {
    const { productKey, deviceName } = claim;
    const unit = 'token' in claim ? { clientId: claim.clientId } : {};
    switch (finding) {
      case 'granted':
        return { kind: 'granted', device: { productKey, deviceName, ...unit } };
      case 'stranger':
        this.strangers.count(address, productKey);
        return refused(4);
      case 'stale':
        return refused(3); // changed under the login: the next one meets what it is now
      default:
        this.refusals.count(refusalOf(claim, address, finding));
        return refused(5);
    }
  }
}

function refusalOf(
  { productKey, deviceName }: LoginClaim | TokenClaim,
  address: string,
  reason: string,
): ProvenRefusal {
  const about = { productKey, deviceName, address, protocol: 'aliyun-mqtt', reason };
  return { action: 'login.refused', ...about };
}
