import { Injectable } from '@nestjs/common';
import { joinedTransaction } from '../database/joined-transaction.js';
import type { Tx } from '../database/transaction.js';

/** A kind of answer that shows a secret. Shape: `Reference` is JSON and holds no secret. */
export interface AnswerKind<Reference> {
  readonly name: string;
  /** For the compiler alone. */
  readonly reference?: Reference;
}

/** What is kept instead of an answer that shows a secret; null when it cannot be built again. */
export type KeptReference = { readonly kind: string; readonly of: unknown } | null;

/**
 * Builds an answer again from its reference.
 *
 * Shape: several answers where the reference does not tell which secret was shown, such as the one
 * of before a rotation; the one that is the same byte for byte is given out.
 */
export type Rebuild<Reference> = (reference: Reference) => Promise<readonly object[]>;

const references = new WeakMap<Tx, KeptReference>();

/**
 * Says by what the answer of this request is kept: it shows a secret and must not be stored.
 *
 * Shape: for the place that builds the answer; without a key on the request it does nothing.
 */
export function keepReference<Reference>(
  kind: AnswerKind<Reference>,
  reference: () => Reference,
): void {
  const tx = joinedTransaction();
  if (tx) references.set(tx, { kind: kind.name, of: reference() });
}

/** Says that the answer of this request shows a secret that can never be shown again. */
export function keepNothing(): void {
  const tx = joinedTransaction();
  if (tx) references.set(tx, null);
}

/** What was said in a transaction; undefined when its answer shows no secret. */
export function referenceOf(tx: Tx): KeptReference | undefined {
  return references.get(tx);
}

/** How answers that show a secret are built again when their request comes again. */
@Injectable()
export class SecretAnswers {
  readonly #rebuilds = new Map<string, Rebuild<never>>();

  /** For the capability that knows the secret. */
  onRepeat<Reference>(kind: AnswerKind<Reference>, rebuild: Rebuild<Reference>): void {
    this.#rebuilds.set(kind.name, rebuild);
  }

  async rebuild(kept: KeptReference): Promise<readonly object[]> {
    const rebuild = kept && this.#rebuilds.get(kept.kind);
    // The reference was made by the same capability, and nobody else writes the table.
    return rebuild ? await rebuild(kept.of as never) : [];
  }
}
