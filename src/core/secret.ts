import { inspect } from 'node:util';

/**
 * A value that must not reach a log, error, URL, metric or test output.
 *
 * Shape: wraps a text; every implicit conversion (string, JSON, inspect) gives `[secret]`.
 * `expose()` is called where a signature is computed, a command rendered, a value sealed or a
 * reply built, and nowhere else.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  expose(): string {
    return this.#text;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}
