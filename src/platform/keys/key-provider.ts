/**
 * One key of the ring.
 *
 * Shape: `kid` 1-32 characters of `A-Z a-z 0-9 . _ -`; `bytes` 32 bytes, never printed.
 */
export interface MasterKey {
  readonly kid: string;
  readonly bytes: Buffer;
  readonly createdAt: Date;
}

/** The keys of a ring and the kid that seals from now on; `current` is one of the keys. */
export interface KeySet {
  readonly keys: readonly MasterKey[];
  readonly current: string;
}

/**
 * Where master keys come from: a file now, a KMS or HSM later.
 *
 * Changing the keys (`add`, `remove`) is for one caller at a time; the caller holds a lock.
 */
export interface KeyProvider {
  /** The keys as of now, or undefined if none were ever made. */
  load(): Promise<KeySet | undefined>;
  /** Makes the first key unless there is one; `isOurs` tells whether this call made it. */
  create(now: Date): Promise<{ readonly keySet: KeySet; readonly isOurs: boolean }>;
  /** Adds a key, which seals from now on. */
  add(now: Date): Promise<KeySet>;
  /** Removes a key that nothing is sealed with any more; never the current one. */
  remove(kid: string): Promise<KeySet>;
  /** Names the place in a message for an operator. */
  readonly place: string;
}
