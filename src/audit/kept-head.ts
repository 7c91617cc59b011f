import type { KeptHead } from './verify-history.js';

/**
 * Reads a head that was kept outside of the database.
 *
 * Shape: `hash:seq`, or the JSON that `GET /api/v1/audit/head` and `triplemint audit head` give;
 * undefined when it is neither.
 */
export function parseKeptHead(text: string): KeptHead | undefined {
  const trimmed = text.trim();
  const [hash, seq] = trimmed.startsWith('{') ? fromJson(trimmed) : trimmed.split(':');
  if (hash === undefined || seq === undefined) return undefined;
  if (!/^[0-9a-f]{64}$/i.test(hash) || !/^\d{1,18}$/.test(seq)) return undefined;
  return { seq: BigInt(seq), hash: Buffer.from(hash, 'hex') };
}

function fromJson(text: string): readonly [string?, string?] {
  try {
    const head = JSON.parse(text) as { readonly hash?: unknown; readonly seq?: unknown };
    return [String(head.hash), String(head.seq)];
  } catch {
    return [];
  }
}
