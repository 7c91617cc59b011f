import { createHash } from 'node:crypto';

/**
 * Tells requests apart by what they ask.
 *
 * Shape: SHA-256 over the parts as JSON whose fields are sorted, so that neither their order nor
 * white space counts. Units: 32 bytes.
 * Source: RFC 8785 for the idea; numbers and texts are written as `JSON.stringify` does.
 */
export function fingerprint(...parts: readonly unknown[]): Buffer {
  return sha256(JSON.stringify(parts.map(canonical)));
}

/** Units: 32 bytes. */
export function sha256(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

function canonical(value: unknown): unknown {
  if (value === undefined) return null;
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  // As pairs: an object would put fields that look like numbers first again.
  return { fields: fields.map(([name, field]) => [name, canonical(field)]) };
}
