import { createHmac } from 'node:crypto';
import { inspect } from 'node:util';
import { DomainError } from '../../core/errors.js';
import { Secret } from '../../core/secret.js';
import type { KeyProvider, KeySet, MasterKey } from './key-provider.js';
import { kidOf, openWith, sealWith } from './seal.js';

const checkLabel = 'triplemint/master-key/check/v1';
const checkSizeBytes = 16;

/**
 * The master keys in memory: seals and opens the few secrets that are stored.
 *
 * Shape: `aad` names the record and the purpose, e.g. `order-key/<orderId>`; a value opens only
 * with the same text. Printing a ring shows its kids.
 */
export class KeyRing {
  #keys: ReadonlyMap<string, MasterKey>;
  #current: MasterKey;
  #reloading: Promise<void> | undefined;

  constructor(
    private readonly provider: KeyProvider,
    keySet: KeySet,
  ) {
    this.#keys = byKid(keySet);
    this.#current = currentOf(keySet);
  }

  get place(): string {
    return this.provider.place;
  }

  get kids(): readonly string[] {
    return [...this.#keys.keys()];
  }

  /** What may be told of the keys: when each was made, and retired. */
  get keys(): readonly Omit<MasterKey, 'bytes'>[] {
    return [...this.#keys.values()].map(({ kid, createdAt, retiredAt }) => {
      return { kid, createdAt, ...(retiredAt && { retiredAt }) };
    });
  }

  get currentKid(): string {
    return this.#current.kid;
  }

  /** Seals with the current key. Shape: see `sealWith`. */
  seal(plain: Buffer | Secret, aad: string): Buffer {
    const bytes = plain instanceof Secret ? Buffer.from(plain.expose(), 'utf8') : plain;
    return sealWith(this.#current, bytes, aad);
  }

  /**
   * Opens a sealed value; an unknown kid makes the ring read its keys again first.
   *
   * Errors: `keys.seal_broken`, `keys.ring_lacks_kid`.
   */
  async open(sealed: Buffer, aad: string): Promise<Buffer> {
    return openWith(await this.#find(kidOf(sealed)), sealed, aad);
  }

  /** Opens a sealed text. Errors: as `open`. */
  async openSecret(sealed: Buffer, aad: string): Promise<Secret> {
    return new Secret((await this.open(sealed, aad)).toString('utf8'));
  }

  /** Seals a value again with the current key; undefined if it is sealed with it already. */
  async rewrap(sealed: Buffer, aad: string): Promise<Buffer | undefined> {
    if (kidOf(sealed) === this.#current.kid) return undefined;
    return sealWith(this.#current, await this.open(sealed, aad), aad);
  }

  /**
   * A value that tells whether two rings hold the same key under a kid, and nothing of the key.
   *
   * Shape: the first 16 bytes of HMAC-SHA256(key, label and kid). Errors: `keys.ring_lacks_kid`.
   */
  checkValue(kid: string): Buffer {
    const key = this.#keys.get(kid);
    if (!key) throw this.#lacks(kid);
    const mac = createHmac('sha256', key.bytes).update(`${checkLabel}/${kid}`).digest();
    return mac.subarray(0, checkSizeBytes);
  }

  /** Reads the keys again; callers at the same moment share one reading. */
  reload(): Promise<void> {
    this.#reloading ??= this.#load().finally(() => (this.#reloading = undefined));
    return this.#reloading;
  }

  /** Adds a key that does not seal yet; the caller holds a lock. Answers its kid. */
  async announceKey(now: Date): Promise<string> {
    const held = new Set(this.kids);
    this.#use(await this.provider.announce(now));
    const added = this.kids.find((kid) => !held.has(kid));
    if (added === undefined) throw new Error('a provider that adds no key'); // it promises to
    return added;
  }

  /** Lets a key seal from now on; the caller holds a lock. Errors: `keys.ring_lacks_kid`. */
  async useKey(kid: string): Promise<void> {
    if (!this.#keys.has(kid)) throw this.#lacks(kid);
    this.#use(await this.provider.use(kid));
  }

  /** Marks a key as retired, which still opens; the caller holds a lock. */
  async retireKey(kid: string, now: Date): Promise<void> {
    this.#use(await this.provider.retire(kid, now));
  }

  /** Removes a key for good; the caller holds a lock. */
  async forgetKey(kid: string): Promise<void> {
    this.#use(await this.provider.forget(kid));
  }

  toJSON(): object {
    return { kids: this.kids, current: this.currentKid };
  }

  [inspect.custom](): string {
    return `KeyRing(${this.kids.join(', ')})`;
  }

  async #load(): Promise<void> {
    const keySet = await this.provider.load();
    if (keySet) this.#use(keySet); // without a file, memory still opens what it sealed
  }

  #use(keySet: KeySet): void {
    this.#current = currentOf(keySet);
    this.#keys = byKid(keySet);
  }

  async #find(kid: string): Promise<MasterKey> {
    if (!this.#keys.has(kid)) await this.reload();
    const key = this.#keys.get(kid);
    if (!key) throw this.#lacks(kid);
    return key;
  }

  #lacks(kid: string): DomainError {
    return new DomainError('keys.ring_lacks_kid', `${this.place} lacks key ${kid}.`, { kid });
  }
}

function byKid(keySet: KeySet): ReadonlyMap<string, MasterKey> {
  return new Map(keySet.keys.map((key) => [key.kid, key]));
}

function currentOf(keySet: KeySet): MasterKey {
  const key = keySet.keys.find(({ kid }) => kid === keySet.current);
  if (!key) throw new Error('a key set without its current key'); // the provider promises it
  return key;
}
