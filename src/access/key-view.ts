import { publicId } from '../core/public-id.js';
import type { Role } from '../core/role.js';
import { showOnce } from '../platform/idempotency/shown-secrets.js';
import type { ApiKeyRow, KeyState } from './api-key.js';
import type { RotatedKey } from './key.service.js';

/** A key as it is listed. */
export interface KeyView {
  readonly keyId: string;
  readonly name: string;
  readonly role: Role;
  readonly stationId: string | null;
  readonly prefix: string;
  readonly state: KeyState;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  readonly rotatedFrom: string | null;
  /** Until when it is valid beside the key that took its place. */
  readonly validUntil: string | null;
  readonly maxPerSecond: number | null;
  /** To the minute. */
  readonly lastUsedAt: string | null;
  readonly lastUsedFrom: string | null;
}

/** The answer to a rotation: the new key, shown here only, and what becomes of the one before. */
export interface RotatedKeyView extends KeyView {
  readonly key: string;
  readonly previous: { readonly keyId: string; readonly validUntil: string } | null;
}

/** Builds the answer for one key, field by field; never the key itself. */
export function keyView(row: ApiKeyRow): KeyView {
  return {
    keyId: publicId('key', row.id),
    name: row.name,
    role: row.role,
    stationId: row.stationId === null ? null : publicId('st', row.stationId),
    prefix: row.prefix,
    state: row.state,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
    rotatedFrom: row.rotatedFrom === null ? null : publicId('key', row.rotatedFrom),
    validUntil: row.validUntil?.toISOString() ?? null,
    maxPerSecond: row.maxPerSecond,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
    lastUsedFrom: row.lastUsedFrom,
  };
}

/** Builds the answer to a rotation. */
export function rotatedKeyView({ row, secret, previous }: RotatedKey): RotatedKeyView {
  return {
    ...keyView(row),
    key: showOnce(secret),
    previous: previous && {
      keyId: publicId('key', previous.keyId),
      validUntil: previous.validUntil.toISOString(),
    },
  };
}
