import { rows } from '../../src/platform/database/query.js';
import type { Answer, TestService } from '../support/service.js';

/** A key as it is answered; `key` itself only when it is made. */
export interface ShownKey {
  readonly keyId: string;
  readonly name: string;
  readonly role: string;
  readonly stationId: string | null;
  readonly prefix: string;
  readonly state: string;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  readonly rotatedFrom: string | null;
  readonly validUntil: string | null;
  readonly maxPerSecond: number | null;
  readonly lastUsedAt: string | null;
  readonly lastUsedFrom: string | null;
  readonly key: string;
  readonly previous: { readonly keyId: string; readonly validUntil: string } | null;
  readonly code?: string;
}

/** Makes a key, an admin's unless something else is said. */
export async function makeKey({ call }: TestService, key: object = {}): Promise<ShownKey> {
  const body = { name: 'made', ...key };
  const answer = await call<ShownKey>('POST', '/api/v1/keys', body);
  if (answer.status !== 201) throw new Error(`no key: ${answer.text}`);
  return answer.body;
}

/** Replaces a key. */
export async function rotateKey(
  { call }: TestService,
  keyId: string,
  body: object = {},
): Promise<Answer<ShownKey>> {
  return await call('POST', `/api/v1/keys/${keyId}/rotate`, body);
}

/** A key as the list shows it. */
export async function listed({ call }: TestService, keyId: string): Promise<ShownKey | undefined> {
  const { body } = await call<{ items: ShownKey[] }>('GET', '/api/v1/keys?limit=100');
  return body.items.find((one) => one.keyId === keyId);
}

/** What a route that every reader may ask answers to a key. */
export async function statusWith({ call }: TestService, key: string): Promise<number> {
  return (await call('GET', '/api/v1/products?limit=1', undefined, key)).status;
}

/** What the history tells of a key or of a station. Shape: `detail` without what names it. */
export async function toldOf(
  { database }: TestService,
  field: 'key' | 'station',
  id: string,
): Promise<{ action: string; actor: string; detail: Record<string, unknown> }[]> {
  return await rows(
    database.dataSource,
    `SELECT action, actor, detail - $1 AS detail FROM audit_event WHERE detail->>$1 = $2
     ORDER BY id`,
    [field, id],
  );
}
