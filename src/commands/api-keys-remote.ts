import type { Api } from './api-client.js';
import { handOut } from './hand-out.js';
import type { KeyPlace, MadeKey } from './hand-out.js';

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
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? '' : `&cursor=${cursor}`;
    const page: { items: ShownKey[]; nextCursor: string | null } = await api.get(
      `/keys?limit=100${query}`,
    );
    for (const key of page.items) process.stdout.write(lineOf(key));
    cursor = page.nextCursor;
  } while (cursor !== null);
  return true;
}

function made({ key, keyId, role, previous }: NewKey): MadeKey {
  const name = `${keyId} (${role})`;
  if (!previous) return { key, line: `${name} was made; it is not shown again` };
  const until = `${previous.keyId}, which is valid until ${previous.validUntil}`;
  return { key, line: `${name} takes the place of ${until}` };
}

/** Shape: columns by TAB, for `cut` and `awk` as well as for people. */
function lineOf(key: ShownKey): string {
  const used = key.lastUsedAt === null ? 'never' : `${key.lastUsedAt} ${key.lastUsedFrom ?? ''}`;
  const role = key.stationId === null ? key.role : `${key.role} ${key.stationId}`;
  return `${[key.keyId, `${key.prefix}…`, role, key.state, key.name, `used=${used}`].join('\t')}\n`;
}
