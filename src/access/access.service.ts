import { Injectable } from '@nestjs/common';
import { apiKeyDigest } from '../core/api-key.js';
import { DomainError } from '../core/errors.js';
import { publicId } from '../core/public-id.js';
import type { Secret } from '../core/secret.js';
import { Database } from '../platform/database/database.js';
import { AddressLimit } from '../platform/limits/address-limit.js';
import { KeyLimit } from '../platform/limits/key-limit.js';
import { Signals } from '../platform/signals/signals.js';
import type { KeyHolder } from './api-key.js';
import { ApiKeyStore } from './api-key.store.js';
import { KeyMemory } from './key-memory.js';
import type { KnownKey } from './key-memory.js';
import { KeyUse } from './key-use.js';
import type { Principal } from './principal.js';

/** Wrong keys and keys never seen, from one address. Units: a second, with bursts of ten times that. */
const unseenPerSecond = 50;

/** Tells who calls by the key he sends. */
@Injectable()
export class AccessService {
  readonly #memory = new KeyMemory();
  readonly #asked = new Map<string, Promise<KnownKey | undefined>>();
  readonly #unseen = new AddressLimit(unseenPerSecond);

  constructor(
    private readonly database: Database,
    private readonly keys: ApiKeyStore,
    private readonly use: KeyUse,
    private readonly limit: KeyLimit,
    signals: Signals,
  ) {
    signals.on('api-key', () => {
      this.#memory.forget();
    });
  }

  /**
   * Answers whose key it is: at once when the key was seen a moment ago, else after a query.
   *
   * Errors: `key.unknown`, also for a key that was revoked or has expired; `key.wrong_too_often`,
   * `key.too_fast`, `station.disabled`.
   */
  authenticate(key: Secret, address: string): Principal | Promise<Principal> {
    const digest = apiKeyDigest(key);
    const name = digest.toString('hex');
    const nowMs = performance.now();
    const known = this.#memory.find(name, nowMs);
    return known ? this.#admit(known, address, nowMs) : this.#ask(name, digest, address, nowMs);
  }

  #admit(key: KnownKey, address: string, nowMs: number): Principal {
    const { principal } = key;
    if (!this.limit.take(principal.keyId, key.maxPerSecond, nowMs)) {
      throw new DomainError('key.too_fast', `${principal.label} sends more than it may.`);
    }
    if (key.isStationDisabled) throw new DomainError('station.disabled', '');
    this.use.note(principal.keyId, address);
    return principal;
  }

  async #ask(name: string, digest: Buffer, address: string, nowMs: number): Promise<Principal> {
    // A key that was right a while ago is not held back by the wrong ones of its neighbours.
    if (!this.#memory.wasKnown(name)) {
      if (!this.#unseen.take(address, nowMs)) throw new DomainError('key.wrong_too_often', '');
      if (this.#memory.isUnknown(name, nowMs)) throw new DomainError('key.unknown', '');
    }
    const key = await this.#load(name, digest);
    if (!key) throw new DomainError('key.unknown', '');
    return this.#admit(key, address, performance.now());
  }

  /** Many requests with the same key wait for one query, unless a key was changed in between. */
  async #load(name: string, digest: Buffer): Promise<KnownKey | undefined> {
    const question = `${this.#memory.epoch} ${name}`;
    const asked = this.#asked.get(question) ?? this.#find(name, digest);
    this.#asked.set(question, asked);
    try {
      return await asked;
    } finally {
      this.#asked.delete(question);
    }
  }

  async #find(name: string, digest: Buffer): Promise<KnownKey | undefined> {
    const { epoch } = this.#memory;
    const nowMs = performance.now();
    const holder = await this.keys.findHolder(this.database.single, digest);
    const key = holder && knownKey(holder, nowMs);
    this.#memory.keep(epoch, name, key, nowMs);
    return key;
  }
}

function knownKey(holder: KeyHolder, nowMs: number): KnownKey {
  const { id: keyId, role, stationId, stationName, maxPerSecond, isStationDisabled } = holder;
  const id = publicId('key', keyId);
  const label = stationName === null ? `${id} (${role})` : `${id} (station ${stationName})`;
  const endsAtMs = holder.validForMs === null ? Infinity : nowMs + holder.validForMs;
  const principal = { keyId, role, label, stationId };
  return { principal, maxPerSecond, isStationDisabled, endsAtMs };
}
