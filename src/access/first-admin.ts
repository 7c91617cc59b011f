import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { systemActor } from '../audit/audit-event.js';
import { apiKeyDigest, apiKeyRandomBytes, makeApiKey } from '../core/api-key.js';
import { publicId } from '../core/public-id.js';
import { Secret } from '../core/secret.js';
import { Database } from '../platform/database/database.js';
import type { Tx } from '../platform/database/transaction.js';
import { createFileOnce, replaceFile } from '../platform/files.js';
import { ApiKeyStore } from './api-key.store.js';
import { KeyService } from './key.service.js';

/** Sees to it that somebody can open the API after the first start. */
@Injectable()
export class FirstAdmin {
  constructor(
    private readonly database: Database,
    private readonly service: KeyService,
    private readonly keys: ApiKeyStore,
  ) {}

  /**
   * Makes the given admin key known; makes a key when the database has none for an admin.
   *
   * Shape: answers lines for the operator: the path of the file that holds a key made now, and that
   * a given key opens nothing. The key itself is never printed.
   */
  async ensure(given: Secret | undefined, dataDir: string): Promise<string[]> {
    return await this.database.inTransaction(async (tx) => {
      await this.keys.lockAdmins(tx);
      const notices = given ? await this.#take(tx, given) : [];
      if (await this.keys.hasAdmin(tx)) return notices;
      const path = join(dataDir, 'admin.key');
      const secret = await this.#fileKey(tx, path);
      await this.service.issue(tx, systemActor, { ...admin, name: 'first' }, secret);
      return [...notices, `An admin key was made: ${path}`];
    });
  }

  /** A key that was revoked stays revoked: whoever revoked it knew why. */
  async #take(tx: Tx, given: Secret): Promise<string[]> {
    const row = await this.keys.findByDigest(tx, apiKeyDigest(given));
    if (!row) {
      await this.service.issue(tx, systemActor, { ...admin, name: 'given' }, given);
      return [];
    }
    const id = publicId('key', row.id);
    if (row.state !== 'valid') {
      return [
        `ADMIN_KEY is ${id}, which is ${row.state} and opens nothing: give another, or none.`,
      ];
    }
    if (row.role === 'admin') return [];
    return [`ADMIN_KEY is ${id}, the key of ${row.role} ${row.name}: it is no admin's.`];
  }

  /** The key of the file, made when it is missing; one that was revoked is replaced. */
  async #fileKey(tx: Tx, path: string): Promise<Secret> {
    const held = keyOf(await createFileOnce(path, newKeyLine, 0o600));
    const known = await this.keys.findByDigest(tx, apiKeyDigest(held));
    if (!known) return held;
    const line = newKeyLine();
    await replaceFile(path, line, 0o600);
    return keyOf(line);
  }
}

const admin = { role: 'admin', stationId: null, expiresAt: null, maxPerSecond: null } as const;

function keyOf(line: Buffer): Secret {
  return new Secret(line.toString('utf8').trim());
}

function newKeyLine(): Buffer {
  return Buffer.from(`${makeApiKey(randomBytes(apiKeyRandomBytes)).expose()}\n`, 'utf8');
}
