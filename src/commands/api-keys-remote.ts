import type { Api } from './api-client.js';
import { handOut } from './hand-out.js';
import type { KeyPlace, MadeKey } from './hand-out.js';
import { printTable } from './table.js';

/** A key as it is wished for on the command line. */
export interface KeyWish extends KeyPlace {
  readonly name: string;
  readonly role: string;
  readonly expiresAt?: string;
  readonly maxPerSecond?: number;
}

/** How a key is to be replaced. Units: seconds that the one before stays valid. */
export interface RotationWish extends KeyPlace {
  readonly overlap?: number;
  readonly expiresAt?: string;
}

/** A key as far as the command line looks at it. */
interface ShownKey {
  readonly keyId: string;
  readonly name: string;
  readonly role: string;
  readonly stationId: string | null;
  readonly prefix: string;
  readonly state: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  readonly rotatedFrom: string | null;
  readonly validUntil: string | null;
  readonly lastUsedAt: string | null;
  readonly lastUsedFrom: string | null;
}

interface NewKey extends ShownKey {
  readonly key: string;
  readonly previous: { readonly keyId: string; readonly validUntil: string } | null;
}

/** Makes a key and hands it out. Errors: those of `handOut`. */
export async function create(api: Api, wish: KeyWish): Promise<boolean> {
  const { name, role, expiresAt, maxPerSecond } = wish;
  const body = { name, role, expiresAt, maxPerSecond };
  return await handOut(wish, async () => made(await api.post<NewKey>('/keys', body)));
}

/** Replaces a key, or the one of a station, and hands the new one out. Errors: those of `handOut`. */
export async function rotate(api: Api, path: string, wish: RotationWish): Promise<boolean> {
  const body = { overlapSeconds: wish.overlap, expiresAt: wish.expiresAt };
  return await handOut(wish, async () => made(await api.post<NewKey>(`${path}/rotate`, body)));
}

/** Revokes a key, at once. Errors: those of the API. */
export async function revoke(api: Api, keyId: string): Promise<boolean> {
  (await api.open('DELETE', `/keys/${keyId}`)).resume();
  process.stdout.write(`${keyId}\trevoked\n`);
  return true;
}

/** Prints every key in a line. */
export async function list(api: Api): Promise<boolean> {
  const life = ['state', 'valid until', 'rotated from'];
  const header = ['key', 'begins with', 'role', ...life, 'last used', 'from', 'name'];
  return await printTable<ShownKey>(api, '/keys?limit=100', {
    header,
    cellsOf: (key) => [
      ...[key.keyId, `${key.prefix}…`],
      key.stationId === null ? key.role : `${key.role} ${key.stationId}`,
      // A key that was rotated is not like one that stays.
      key.state === 'valid' && key.validUntil !== null ? 'replaced' : key.state,
      key.revokedAt ?? earlier(key.validUntil, key.expiresAt) ?? '-',
      key.rotatedFrom ?? '-',
      ...[key.lastUsedAt ?? 'never', key.lastUsedFrom ?? '-', key.name],
    ],
  });
}

/** Shape: instants of the API, which sort as text. */
function earlier(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other;
  return one < other ? one : other;
}

function made({ key, keyId, role, previous }: NewKey): MadeKey {
  const name = `${keyId} (${role})`;
  if (!previous) return { key, line: `${name} was made; it is not shown again` };
  const until = `${previous.keyId}, which is valid until ${previous.validUntil}`;
  return { key, line: `${name} takes the place of ${until}` };
}
