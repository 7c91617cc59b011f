import { DomainError } from '../core/errors.js';

/** Makes sure that an order would not have expired already. Errors: `order.expiry_past`. */
export function assertToCome(expiresAt: Date | null | undefined): void {
  if (expiresAt && expiresAt <= new Date()) {
    throw new DomainError('order.expiry_past', 'expiresAt lies in the past.');
  }
}
