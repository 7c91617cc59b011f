import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { LoginRequest } from '../login-request.js';

/** Logins under way; a broker that does not answer must not fill our memory. */
const maxRemembered = 20_000;

/**
 * From where the logins came that this copy of the service has piped to a broker and that are not
 * answered yet: the broker that asks our hooks sees our own address only.
 */
@Injectable()
export class Arrivals {
  readonly #addresses = new Map<string, string>();

  /** Remembers a login; beyond the bound the oldest is forgotten. */
  note(login: LoginRequest, address: string): void {
    const key = keyOf(login);
    this.#addresses.delete(key);
    this.#addresses.set(key, address);
    if (this.#addresses.size <= maxRemembered) return;
    for (const oldest of this.#addresses.keys()) {
      this.#addresses.delete(oldest);
      return;
    }
  }

  forget(login: LoginRequest): void {
    this.#addresses.delete(keyOf(login));
  }

  addressOf(login: LoginRequest): string | undefined {
    return this.#addresses.get(keyOf(login));
  }
}

/** Everything that was sent, the signature included, so that nobody lends his address to another. */
function keyOf({ clientId, username, password }: LoginRequest): string {
  const text = JSON.stringify([clientId, username, password]);
  return createHash('sha256').update(text).digest('base64');
}
