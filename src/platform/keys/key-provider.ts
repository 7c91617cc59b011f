/**
 * One key of the ring.
 *
 * Shape: `kid` 1-32 characters of `A-Z a-z 0-9 . _ -`; `bytes` 32 bytes, never printed.
 */
export interface MasterKey {
  readonly kid: string;
  readonly bytes: Buffer;
  readonly createdAt: Date;
  /** Set: nothing in the database is sealed with it any more; it is kept for old backups. */
  readonly retiredAt?: Date;
}

/** The keys of a ring and the kid that seals from now on; `current` is one of the keys. */
export interface KeySet {
  readonly keys: readonly MasterKey[];
  readonly current: string;
}

/**
 * Where master keys come from: a file now, a KMS or HSM later.
 *
 * Changing the keys is for one caller at a time; the caller holds a lock. `announce`, `use`,
 * `retire` and `forget` answer all keys as they are then.
 */
export interface KeyProvider {
  /** The keys as of now, or undefined if none were ever made. */
  load(): Promise<KeySet | undefined>;
  /** Makes the first key unless there is one; `isOurs` tells whether this call made it. */
  create(now: Date): Promise<{ readonly keySet: KeySet; readonly isOurs: boolean }>;
  /** Adds a key that opens but does not seal yet: everybody must have it first. */
  announce(now: Date): Promise<KeySet>;
  /** Lets a key seal from now on. */
  use(kid: string): Promise<KeySet>;
  /** Marks a key that nothing is sealed with any more; it still opens. Never the current one. */
  retire(kid: string, now: Date): Promise<KeySet>;
  /** Removes a key for good: what it sealed, in backups too, can never be opened again. */
  forget(kid: string): Promise<KeySet>;
  /** Names the place in a message for an operator. */
  readonly place: string;
}
