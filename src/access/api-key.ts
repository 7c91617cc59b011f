import type { Role } from '../core/role.js';

/** A key as it is listed; never the key itself. */
export interface ApiKeyRow {
  readonly id: number;
  readonly name: string;
  readonly role: Role;
  readonly stationId: number | null;
  readonly prefix: string;
  readonly createdAt: Date;
  readonly revokedAt: Date | null;
}
