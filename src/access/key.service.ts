import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditStore } from '../audit/audit.store.js';
import type { Actor } from '../audit/audit-event.js';
import { apiKeyDigest, apiKeyPrefix, apiKeyRandomBytes, makeApiKey } from '../core/api-key.js';
import { DomainError } from '../core/errors.js';
import { publicId } from '../core/public-id.js';
import type { Secret } from '../core/secret.js';
import { Database } from '../platform/database/database.js';
import type { Tx } from '../platform/database/transaction.js';
import { Signals } from '../platform/signals/signals.js';
import { ApiKeyStore } from './api-key.store.js';
import type { ApiKeyRow, NewKey } from './api-key.js';

/** A key that was made; the secret is shown once. */
export interface IssuedKey {
  readonly row: ApiKeyRow;
  readonly secret: Secret;
}

/** A key that takes the place of another. */
export interface RotatedKey extends IssuedKey {
  /** The key before, and until when it is valid beside the new one; null when there was none. */
  readonly previous: { readonly keyId: number; readonly validUntil: Date } | null;
}

/** How a key is replaced. */
export interface Rotation {
  /** Units: seconds that the key before stays valid. */
  readonly overlapSeconds: number;
  /** Until when the new key is valid; without it, for as long as the key before was made for. */
  readonly expiresAt?: Date | undefined;
}

/** The life of keys: made, replaced, revoked. Every change is seen at once by all copies. */
@Injectable()
export class KeyService {
  constructor(
    private readonly database: Database,
    private readonly keys: ApiKeyStore,
    private readonly audit: AuditStore,
    private readonly signals: Signals,
  ) {}

  /** Errors: `key.expiry_past`. */
  async create(actor: Actor, key: Omit<NewKey, 'stationId'>): Promise<IssuedKey> {
    assertFuture(key.expiresAt);
    const made = await this.database.inTransaction((tx) =>
      this.issue(tx, actor, { ...key, stationId: null }),
    );
    await this.changedHere();
    return made;
  }

  /** Makes a key inside a larger deed, such as the enrolment of a station. */
  async issue(tx: Tx, actor: Actor, key: NewKey, secret = newSecret()): Promise<IssuedKey> {
    const row = await this.#insert(tx, key, null, secret);
    const { expiresAt, maxPerSecond } = key;
    const detail = { ...named(row), ...(expiresAt && { expiresAt }), maxPerSecond };
    await this.audit.record(tx, { action: 'key.created', actor, detail });
    return { row, secret };
  }

  /** Keys by id, of one station when it is named. */
  async list(after: number, limit: number, stationId: number | null): Promise<ApiKeyRow[]> {
    return await this.keys.list(this.database.single, after, limit, stationId);
  }

  /**
   * Makes a key that takes the place of another, which stays valid for a while.
   *
   * Errors: `key.not_found`, `key.rotated_already`, `key.expiry_past`.
   */
  async rotate(actor: Actor, id: number, rotation: Rotation): Promise<RotatedKey> {
    assertFuture(rotation.expiresAt ?? null);
    const rotated = await this.database.inTransaction(async (tx) => {
      const row = await this.keys.lock(tx, id);
      if (!row) throw unknownKey(id);
      return await this.#replace(tx, actor, row, rotation);
    });
    await this.changedHere();
    return rotated;
  }

  /**
   * Replaces the key of a station, or makes one where none is valid.
   *
   * Shape: inside a transaction that has locked the station; `changedHere` is to follow it.
   */
  async rotateOfStation(
    tx: Tx,
    actor: Actor,
    station: { readonly id: number; readonly name: string },
    rotation: Rotation,
  ): Promise<RotatedKey> {
    const valid = await this.keys.lockOfStation(tx, station.id);
    const current = valid.findLast(({ validUntil }) => validUntil === null);
    if (current) return await this.#replace(tx, actor, current, rotation);
    const fresh = stationKey(station);
    return { ...(await this.issue(tx, actor, fresh)), previous: null };
  }

  /** Revokes every valid key of a station. Errors: `key.not_found`. */
  async revokeOfStation(actor: Actor, stationId: number): Promise<void> {
    await this.database.inTransaction(async (tx) => {
      const valid = await this.keys.lockOfStation(tx, stationId);
      if (valid.length === 0) throw new DomainError('key.not_found', 'It has no valid key.');
      for (const { id } of valid) await this.#revoke(tx, actor, id);
    });
    await this.changedHere();
  }

  /** Errors: `key.not_found`, `key.last_admin`. */
  async revoke(actor: Actor, id: number): Promise<void> {
    await this.database.inTransaction(async (tx) => {
      await this.keys.lockAdmins(tx);
      const { role, state } = await this.#revoke(tx, actor, id);
      if (role !== 'admin' || state !== 'valid') return;
      const isLast = !(await this.keys.hasOtherAdmin(tx, id));
      if (isLast) throw new DomainError('key.last_admin', `${publicId('key', id)} is the last.`);
    });
    await this.changedHere();
  }

  /** Tells all copies, when the transaction commits, that keys or their stations changed. */
  async changed(tx: Tx): Promise<void> {
    await this.signals.send(tx, 'api-key', '');
  }

  /** Makes the change count here before it is answered; for after the commit. */
  async changedHere(): Promise<void> {
    await this.signals.tellHere('api-key', undefined);
  }

  async #replace(
    tx: Tx,
    actor: Actor,
    row: ApiKeyRow,
    { overlapSeconds, expiresAt }: Rotation,
  ): Promise<RotatedKey> {
    const successor = await this.keys.successor(tx, row.id);
    if (successor !== undefined) throw rotatedAlready(row.id, successor);
    const fresh = { ...row, expiresAt: expiresAt ?? sameLifetime(row) };
    const secret = newSecret();
    const made = await this.#insert(tx, fresh, row.id, secret);
    const validUntil = await this.keys.endAfter(tx, row.id, overlapSeconds);
    if (!validUntil) throw unknownKey(row.id);
    const detail = {
      ...named(made),
      from: publicId('key', row.id),
      previousValidUntil: validUntil,
    };
    await this.audit.record(tx, { action: 'key.rotated', actor, detail });
    return { row: made, secret, previous: { keyId: row.id, validUntil } };
  }

  async #insert(
    tx: Tx,
    key: NewKey,
    rotatedFrom: number | null,
    secret: Secret,
  ): Promise<ApiKeyRow> {
    const digest = apiKeyDigest(secret);
    const row = await this.keys.insert(tx, {
      ...key,
      rotatedFrom,
      prefix: apiKeyPrefix(secret),
      digest,
    });
    if (!row) throw new DomainError('key.exists', '');
    await this.changed(tx);
    return row;
  }

  async #revoke(tx: Tx, actor: Actor, id: number): Promise<ApiKeyRow> {
    const row = await this.keys.revoke(tx, id);
    if (!row) throw unknownKey(id);
    await this.audit.record(tx, { action: 'key.revoked', actor, detail: named(row) });
    await this.changed(tx);
    return row;
  }
}

/** The key that a station is enrolled with. */
export function stationKey(station: { readonly id: number; readonly name: string }): NewKey {
  const { id, name } = station;
  return { name, role: 'station', stationId: id, expiresAt: null, maxPerSecond: null };
}

function newSecret(): Secret {
  return makeApiKey(randomBytes(apiKeyRandomBytes));
}

function named({ id, name, role }: ApiKeyRow) {
  return { key: publicId('key', id), name, role };
}

/** A key that was made for so long is made for as long again. */
function sameLifetime({ createdAt, expiresAt }: ApiKeyRow): Date | null {
  if (!expiresAt) return null;
  return new Date(Date.now() + expiresAt.getTime() - createdAt.getTime());
}

function assertFuture(expiresAt: Date | null): void {
  if (expiresAt && expiresAt.getTime() <= Date.now()) throw new DomainError('key.expiry_past', '');
}

function unknownKey(id: number): DomainError {
  return new DomainError('key.not_found', `There is no valid ${publicId('key', id)}.`);
}

function rotatedAlready(id: number, successor: number): DomainError {
  const keyId = publicId('key', successor);
  const detail = `${publicId('key', id)} was replaced by ${keyId}.`;
  return new DomainError('key.rotated_already', detail, { keyId });
}
