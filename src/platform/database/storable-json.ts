/**
 * Writes a value as JSON that PostgreSQL takes, whatever the texts in it hold.
 *
 * Shape: it takes neither NUL nor half a surrogate pair, and a module at boot may send anything; each
 * becomes U+FFFD.
 */
export function storableJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'string' ? part.replace(/[\0\p{Cs}]/gu, '\ufffd') : part,
  );
}
