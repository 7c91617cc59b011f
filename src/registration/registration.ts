import type { RegistrationVerdict } from '../core/registration-policy.js';
import type { Secret } from '../core/secret.js';
import type { Triple } from '../core/triple.js';

/** The ways in which a module may ask for its secret. */
export const registrationProtocols = ['aliyun-https', 'aliyun-mqtt'] as const;
export type RegistrationProtocol = (typeof registrationProtocols)[number];

/** What a module sent, as its protocol read it; nothing is checked yet. */
export interface RegistrationRequest {
  readonly protocol: RegistrationProtocol;
  readonly productKey: string | undefined;
  readonly deviceName: string | undefined;
  /** Free text; the same one may come again, because C SDKs 3.x never change it. */
  readonly random: string | undefined;
  readonly sign: string | undefined;
  /** As firmware spells it, e.g. `hmacsha256`, `HmacMD5`, `hmac_md5`. */
  readonly signMethod: string | undefined;
  /** Shape: an IP address; IPv4 in its own form, not mapped into IPv6. */
  readonly address: string;
  readonly isEncrypted: boolean;
  /** A secret for a device that was minted (`register`), or a token for any name (`regnwl`). */
  readonly wants: 'secret' | 'token';
}

/**
 * What a unit logs in with that registered without pre-registration.
 *
 * Shape: `clientId` 22 letters and digits, `deviceToken` 32 hex digits, both its own.
 */
export interface DeviceToken {
  readonly clientId: string;
  readonly productKey: string;
  readonly deviceName: string;
  readonly deviceToken: Secret;
}

/** Why a proven caller gets no secret. */
export type RegistrationRefusal =
  | Exclude<RegistrationVerdict, 'granted'>
  | 'mode_off'
  | 'outside_window'
  | 'network_refused'
  | 'plaintext_refused'
  | 'device_too_fast'
  | 'product_too_fast';

/**
 * What a module gets.
 *
 * Shape: `too_many` follows from the address alone, `malformed` from the request alone, and
 * `stranger` is the same for an unknown product and for a wrong signature, so neither tells anything about products; `refused` goes to
 * proven callers only.
 */
export type RegistrationResult =
  | { readonly kind: 'granted'; readonly triple: Triple }
  | { readonly kind: 'token'; readonly token: DeviceToken }
  | { readonly kind: 'too_many' }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'stranger' }
  | { readonly kind: 'refused'; readonly reason: RegistrationRefusal };
