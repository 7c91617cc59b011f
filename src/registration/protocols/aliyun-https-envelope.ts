import { DomainError } from '../../core/errors.js';
import type { RegistrationRefusal, RegistrationResult } from '../registration.js';

/** The body of every answer. Shape: keys in this order, which C SDKs 3.x rely on. */
export interface AliyunEnvelope {
  readonly code: number;
  readonly data?: {
    readonly productKey: string;
    readonly deviceName: string;
    readonly deviceSecret: string;
  };
  readonly message: string;
}

/** The answer to what is no registration at all. */
export const malformed: AliyunEnvelope = { code: 460, message: 'request parameter error' };
const stranger = { code: 401, message: 'request auth error' };
const switchedOff = { code: 6288, message: 'dynamic registration switch off' };
const active = { code: 6289, message: 'device is already active' };
const tooMany = { code: 429, message: 'too many requests' };
const trouble = { code: 500, message: 'internal error' };

/**
 * Where the vendor has no code of its own: plain text, a network and an hour are switched off by the
 * product's policy, so 6288 leads to the product; a held device has an owner already, so 6289 leads to the device.
 */
const refusals: Readonly<Record<RegistrationRefusal, AliyunEnvelope>> = {
  device_unknown: { code: 6100, message: 'device not found' },
  device_active: active,
  device_disabled: { code: 6204, message: 'device is disabled' },
  device_held: active,
  mode_off: switchedOff,
  outside_window: switchedOff,
  network_refused: switchedOff,
  plaintext_refused: switchedOff,
  quota_used_up: tooMany,
  product_quota_used_up: tooMany,
  policy_changed: tooMany,
  device_too_fast: tooMany,
  product_too_fast: tooMany,
};

/**
 * Writes a result in the words of Alibaba's HTTPS registration.
 *
 * Source: Alibaba C SDK manual (6289); sub-device registration and general error table (460, 401,
 * 6100, 6204, 429, 500); 6288 is from memory. SDKs test for 200 only.
 */
export function envelopeOf(result: RegistrationResult): AliyunEnvelope {
  switch (result.kind) {
    case 'granted': {
      const { productKey, deviceName, deviceSecret } = result.triple;
      const data = { productKey, deviceName, deviceSecret: deviceSecret.expose() };
      return { code: 200, data, message: 'success' };
    }
    case 'too_many':
      return tooMany;
    case 'token': // asked for over MQTT only
    case 'malformed':
      return malformed;
    case 'stranger':
      return stranger;
    case 'refused':
      return refusals[result.reason];
  }
}

/** Writes an error, from before the controller or from below it, in the same words. */
export function envelopeOfError(error: unknown): AliyunEnvelope {
  if (!(error instanceof DomainError)) return trouble;
  switch (error.entry.kind) {
    case 'malformed':
    case 'too_large':
    case 'invalid':
      return malformed;
    case 'too_fast':
      return tooMany;
    default:
      return error.code === 'service.overloaded' ? tooMany : trouble;
  }
}
