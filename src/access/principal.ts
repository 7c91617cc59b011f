import type { Actor } from '../audit/audit-event.js';

/**
 * What a key may be used for.
 *
 * Shape: `admin` decides what exists and who is shown secrets, `engineer` runs the line, `auditor`
 * reads, both without secrets; `station` is a bench on the line.
 */
export const roles = ['admin', 'engineer', 'auditor', 'station'] as const;
export type Role = (typeof roles)[number];

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
