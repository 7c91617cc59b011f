import { createHash } from 'node:crypto';
import type { Encrypter } from 'age-encryption';
import { DomainError } from '../core/errors.js';

/** Encrypts a file for those it is meant for, while it is written. */
export interface Encryption {
  /** Shape: a fingerprint for each recipient, in their order. */
  readonly fingerprints: readonly string[];
  encrypt(file: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>>;
}

/**
 * Prepares the encryption for age recipients.
 *
 * Shape: `age1…`, at least one. A recipient is public, but it is never repeated: somebody may have
 * sent his secret key by mistake.
 * Errors: `export.recipient_invalid`. Source: age v1, C2SP age.md.
 */
export async function encryptionFor(recipients: readonly string[]): Promise<Encryption> {
  const { Encrypter: AgeEncrypter } = await import('age-encryption');
  const encrypter = new AgeEncrypter();
  for (const [index, recipient] of recipients.entries()) {
    await addRecipient(encrypter, recipient, index + 1);
  }
  return {
    fingerprints: recipients.map(recipientFingerprint),
    encrypt: (file) => encrypter.encrypt(ReadableStream.from(file)),
  };
}

/** Tells recipients apart in the history. Shape: `sha256:` and 16 hex digits over the text of it. */
export function recipientFingerprint(recipient: string): string {
  return `sha256:${createHash('sha256').update(recipient, 'utf8').digest('hex').slice(0, 16)}`;
}

async function addRecipient(encrypter: Encrypter, text: string, position: number): Promise<void> {
  try {
    encrypter.addRecipient(text);
    // Some are found out only when a key is wrapped for them.
    await encrypter.encrypt(new Uint8Array(0));
  } catch {
    // Without the cause: its message repeats what was sent.
    const detail = `Recipient ${position} is no age recipient.`;
    throw new DomainError('export.recipient_invalid', detail, { position });
  }
}
