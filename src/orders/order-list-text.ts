import type { Readable } from 'node:stream';
import { TextDecoder } from 'node:util';
import { DomainError } from '../core/errors.js';

/** No text has these; a spreadsheet file or an archive does in its first bytes. */
const controlCharacter = /(?![\t\n\r])\p{Cc}/u;

/**
 * Reads a body as text, piece by piece; the body is not destroyed when nobody reads on.
 *
 * Shape: without the byte order mark. Units: bytes.
 * Errors: `csv.too_large`, `csv.not_text`, `csv.interrupted`.
 */
export async function* checkedText(body: Readable, maxBytes: number): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let sizeBytes = 0;
  try {
    for await (const chunk of body.iterator({ destroyOnReturn: false })) {
      const bytes = chunk as Buffer;
      sizeBytes += bytes.length;
      if (sizeBytes > maxBytes) throw new DomainError('csv.too_large', '');
      yield textOf(decoder, bytes);
    }
    yield textOf(decoder);
  } catch (error) {
    if (error instanceof DomainError) throw error;
    throw new DomainError('csv.interrupted', 'The connection was lost.', {}, { cause: error });
  }
}

function textOf(decoder: TextDecoder, bytes?: Buffer): string {
  const text = decoded(decoder, bytes);
  if (text === undefined || controlCharacter.test(text)) throw new DomainError('csv.not_text', '');
  return text;
}

function decoded(decoder: TextDecoder, bytes?: Buffer): string | undefined {
  try {
    return decoder.decode(bytes, { stream: bytes !== undefined });
  } catch {
    return undefined;
  }
}
