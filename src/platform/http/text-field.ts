import { z } from 'zod';

/** A text that a person writes. Shape: trimmed, 1 to `most` characters, no control characters. */
export function textField(most: number): z.ZodType<string, string> {
  // PostgreSQL takes neither NUL nor half a surrogate pair.
  const storable = /^[^\p{Cc}\p{Cs}]*$/u;
  return z.string().trim().min(1).max(most).regex(storable, 'no control characters');
}
