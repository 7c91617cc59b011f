import type { Actor } from '../audit/audit-event.js';
import type { Role } from '../core/role.js';

/** Who calls: a key, seen as what it may do. */
export interface Principal {
  readonly keyId: number;
  readonly role: Role;
  readonly label: string;
  readonly stationId: number | null;
}

/** A principal and where it calls from. */
export interface Caller {
  readonly principal: Principal;
  readonly actor: Actor;
}
