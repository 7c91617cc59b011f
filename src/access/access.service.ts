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
import { ApiKeyStore } from './api-key.store.js';
import type { ApiKeyRow } from './api-key.js';
import type { Role } from '../core/role.js';
import type { Principal } from './principal.js';

/** Units: ms; how long another process may still accept a key that was revoked here. */
const cacheMs = 2000;
const cacheSize = 1000;

/** Keys: who calls, and who may call from now on. */
@Injectable()
export class AccessService {
  #cache = new Map<string, { readonly principal: Principal; readonly until: number }>();

  constructor(
    private readonly database: Database,
    private readonly keys: ApiKeyStore,
    private readonly audit: AuditStore,
  ) {}

  /** Errors: `key.unknown`, also for a revoked key. */
  async authenticate(key: Secret): Promise<Principal> {
    const digest = apiKeyDigest(key);
    // A revocation puts an empty cache here; what was read before it must not get into that one.
    const cache = this.#cache;
    const known = cache.get(digest.toString('hex'));
    if (known && known.until > Date.now()) return known.principal;
    const row = await this.keys.findByDigest(this.database.single, digest);
    if (!row || row.revokedAt) throw new DomainError('key.unknown', '');
    const principal = principalOf(row);
    if (cache.size >= cacheSize) cache.clear();
    cache.set(digest.toString('hex'), { principal, until: Date.now() + cacheMs });
    return principal;
  }

  async create(
    actor: Actor,
    key: { readonly name: string; readonly role: Role },
  ): Promise<{ readonly row: ApiKeyRow; readonly secret: Secret }> {
    return await this.database.inTransaction((tx) =>
      this.issue(tx, actor, { ...key, stationId: null }),
    );
  }

  /** Makes a key inside a larger deed, such as the enrolment of a station. */
  async issue(
    tx: Tx,
    actor: Actor,
    key: { readonly name: string; readonly role: Role; readonly stationId: number | null },
    secret = makeApiKey(randomBytes(apiKeyRandomBytes)),
  ): Promise<{ readonly row: ApiKeyRow; readonly secret: Secret }> {
    const made = { ...key, prefix: apiKeyPrefix(secret), digest: apiKeyDigest(secret) };
    const row = await this.keys.insert(tx, made);
    if (!row) throw new DomainError('key.exists', '');
    const detail = { key: publicId('key', row.id), name: key.name, role: key.role };
    await this.audit.record(tx, { action: 'key.created', actor, detail });
    return { row, secret };
  }

  async list(after: number, limit: number): Promise<ApiKeyRow[]> {
    return await this.keys.list(this.database.single, after, limit);
  }

  /** Errors: `key.not_found`. */
  async revoke(actor: Actor, id: number): Promise<void> {
    await this.database.inTransaction(async (tx) => {
      const isRevoked = await this.keys.revoke(tx, id);
      if (!isRevoked) throw new DomainError('key.not_found', '');
      const detail = { key: publicId('key', id) };
      await this.audit.record(tx, { action: 'key.revoked', actor, detail });
    });
    this.#cache = new Map();
  }
}

function principalOf(row: ApiKeyRow): Principal {
  const id = publicId('key', row.id);
  const label = row.role === 'station' ? `${id} (station ${row.name})` : `${id} (${row.role})`;
  return { keyId: row.id, role: row.role, label, stationId: row.stationId };
}
