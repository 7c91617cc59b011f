import { catalogue } from './error-catalogue.js';
import type { ErrorEntry } from './catalogue/entry.js';

/** A code of the catalogue; stable, never renamed or reused. */
export type ErrorCode = keyof typeof catalogue;

/**
 * The one error class of the domain.
 *
 * Shape: `code` of the catalogue, `detail` for a person (never a secret), `data` for a program.
 */
export class DomainError extends Error {
  override readonly name = 'DomainError';

  constructor(
    readonly code: ErrorCode,
    readonly detail: string,
    readonly data: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(`${code}: ${detail}`, options);
  }

  get entry(): ErrorEntry {
    return catalogue[this.code];
  }

  /** What to do, in English; of a code that only the service knows, as it was answered. */
  get action(): string {
    const { action } = this.data;
    return this.code === 'remote.refused' && typeof action === 'string'
      ? action
      : this.entry.action.en;
  }
}
