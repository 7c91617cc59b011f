import type { ProvenValue } from '../at/dialect.js';
import type { CommandArguments } from '../at/render.js';
import { deviceLogin } from '../core/device-login.js';
import type { Secret } from '../core/secret.js';
import type { Triple } from '../core/triple.js';
import type { ClaimGrant } from './claims.js';

/** Everything that a command of a dialect may name: the triple, its MQTT login, `host`, `port`. */
export type UnitValues = CommandArguments & Readonly<Record<ProvenValue, string | Secret>>;

/** Gives the values that a module is to hold. */
export function unitValues(triple: Triple, broker: ClaimGrant['broker']): UnitValues {
  return { ...triple, ...deviceLogin(triple), ...broker };
}
