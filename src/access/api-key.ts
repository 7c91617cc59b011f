import type { Role } from '../core/role.js';

/** Whether a key opens anything: one that expired or was revoked never does again. */
export type KeyState = 'valid' | 'expired' | 'revoked';

/** A key that is to be made. */
export interface NewKey {
  readonly name: string;
  readonly role: Role;
  readonly stationId: number | null;
  /** Until when it is valid; null is for ever. */
  readonly expiresAt: Date | null;
  /** Requests a second; null is what every key may do, 0 is any number. */
  readonly maxPerSecond: number | null;
}

/** A key as it is listed; never the key itself. */
export interface ApiKeyRow extends NewKey {
  readonly id: number;
  readonly prefix: string;
  readonly state: KeyState;
  readonly createdAt: Date;
  readonly revokedAt: Date | null;
  /** The key that this one takes the place of. */
  readonly rotatedFrom: number | null;
  /** Until when it is valid beside the key that takes its place. */
  readonly validUntil: Date | null;
  /** To the minute, and a minute late. */
  readonly lastUsedAt: Date | null;
  readonly lastUsedFrom: string | null;
}

/** What a request needs to know of the key that it carries. */
export interface KeyHolder {
  readonly id: number;
  readonly name: string;
  readonly role: Role;
  readonly stationId: number | null;
  readonly stationName: string | null;
  readonly isStationDisabled: boolean;
  readonly maxPerSecond: number | null;
  /** Units: ms from now; null is for ever. */
  readonly validForMs: number | null;
}

/** That a key was used. */
export interface KeyUsed {
  readonly keyId: number;
  readonly at: Date;
  readonly from: string;
}
