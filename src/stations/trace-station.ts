import type { Caller } from '../access/principal.js';
import { DomainError } from '../core/errors.js';

/**
 * The station whose work a caller may look at: a station its own, readers the one they name, or all.
 *
 * Errors: `key.role_not_allowed` when a station names another.
 */
export function stationSeen({ principal }: Caller, named: number | undefined): number | undefined {
  const own = principal.stationId ?? undefined;
  if (own === undefined || named === undefined || named === own) return named ?? own;
  throw new DomainError('key.role_not_allowed', 'A station looks at its own work only.');
}
