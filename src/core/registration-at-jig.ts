import { DomainError } from './errors.js';
import type { RegistrationPolicy } from './registration-policy.js';

type Asked = Pick<RegistrationPolicy, 'mode' | 'allowPlaintext' | 'opensAt' | 'closesAt'>;

/**
 * Makes sure that modules which register at a jig are not all refused by the policy of their product; a
 * jig has them connect without TLS.
 *
 * Why: every unit would have its claim by then. Shape: `opensAt` and `closesAt` as at a registration.
 * Errors: `run.registration_refused`.
 */
export function assertRegistersAtJig(productKey: string, policy: Asked, now: Date): void {
  const why = refusal(policy, now);
  if (why === undefined) return;
  throw new DomainError('run.registration_refused', `${productKey}: ${why}.`, { productKey });
}

function refusal(
  { mode, allowPlaintext, opensAt, closesAt }: Asked,
  now: Date,
): string | undefined {
  if (mode === 'off') return 'registration is off (mode)';
  if (!allowPlaintext) {
    return 'a jig has modules register without TLS, which is not allowed (allowPlaintext)';
  }
  if (opensAt && now < opensAt) return 'registration has not opened yet (opensAt)';
  return closesAt && now >= closesAt ? 'registration has closed (closesAt)' : undefined;
}
