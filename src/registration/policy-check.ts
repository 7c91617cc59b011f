import type { KnownProduct } from '../products/product-directory.js';
import type { RegistrationRefusal, RegistrationRequest } from './registration.js';

/**
 * Tells what the policy of a product has against a proven caller; undefined when nothing.
 *
 * Shape: looks at how, when and from where he asks, not at the device. A window is open from
 * `opensAt` on and closed from `closesAt` on.
 */
export function refusalByPolicy(
  { policy, isAllowedFrom }: Pick<KnownProduct, 'policy' | 'isAllowedFrom'>,
  { isEncrypted, address, wants }: Pick<RegistrationRequest, 'isEncrypted' | 'address' | 'wants'>,
  now: Date,
): RegistrationRefusal | undefined {
  if (!isEncrypted && !policy.allowPlaintext) return 'plaintext_refused';
  if (policy.mode === 'off' || (wants === 'token' && policy.mode !== 'open')) return 'mode_off';
  const isOpen = (policy.opensAt ?? now) <= now && (!policy.closesAt || now < policy.closesAt);
  if (!isOpen) return 'outside_window';
  return isAllowedFrom(address) ? undefined : 'network_refused';
}
