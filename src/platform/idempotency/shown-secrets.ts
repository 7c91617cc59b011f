import { Injectable } from '@nestjs/common';
import type { Secret } from '../../core/secret.js';
import { joinedTransaction } from '../database/joined-transaction.js';
import type { Tx } from '../database/transaction.js';
import { sha256 } from './fingerprint.js';

/** Where a secret of an answer comes from again. Shape: `Of` is JSON and holds no secret. */
export interface SecretSource<Of> {
  readonly name: string;
  /** For the compiler alone. */
  readonly of?: Of;
}

/** By what a shown secret is found again; null when it is shown once and never again. */
export type Origin = { readonly source: string; readonly of: unknown } | null;

/** A secret that the answer of a request shows. */
export interface ShownSecret {
  readonly text: string;
  readonly origin: Origin;
}

/** A secret that was taken out of a kept answer. Shape: `digest` is its SHA-256 in hex. */
export interface KeptOrigin {
  readonly origin: Origin;
  readonly digest: string;
}

/**
 * Finds the secret again.
 *
 * Shape: several where the reference does not tell which one was shown, such as the secret of before
 * a rotation; the one that has the digest of the shown one is taken.
 */
export type FindAgain<Of> = (of: Of) => Promise<readonly Secret[]>;

const shown = new WeakMap<Tx, ShownSecret[]>();

/**
 * Takes the text of a secret into an answer that can be given again: what is kept of the answer is
 * the reference, never the secret.
 */
export function show<Of>(secret: Secret, source: SecretSource<Of>, of: () => Of): string {
  return note(secret.expose(), () => ({ source: source.name, of: of() }));
}

/** Takes the text of a secret into an answer; a repeat of the request cannot show it again. */
export function showOnce(secret: Secret): string {
  return note(secret.expose(), () => null);
}

/** What was shown in a transaction. */
export function shownIn(tx: Tx): readonly ShownSecret[] {
  return shown.get(tx) ?? [];
}

/** Without an idempotency key nothing is kept of an answer. */
function note(text: string, origin: () => Origin): string {
  const tx = joinedTransaction();
  if (tx) shown.set(tx, [...shownIn(tx), { text, origin: origin() }]);
  return text;
}

/** Where the secrets of kept answers are found again. */
@Injectable()
export class SecretSources {
  readonly #sources = new Map<string, FindAgain<never>>();

  /** For the capability that knows the secrets. */
  register<Of>(source: SecretSource<Of>, find: FindAgain<Of>): void {
    this.#sources.set(source.name, find);
  }

  /** The text of a secret that was shown; undefined when it is not to be had any more. */
  async again({ origin, digest }: KeptOrigin): Promise<string | undefined> {
    const find = origin && this.#sources.get(origin.source);
    // What is kept was written by `show` with the same source.
    const found = find ? await find(origin.of as never) : [];
    return found.map((secret) => secret.expose()).find((text) => digestOf(text) === digest);
  }
}

/** By what a secret that is found again is known to be the shown one. */
export function digestOf(text: string): string {
  return sha256(text).toString('hex');
}
