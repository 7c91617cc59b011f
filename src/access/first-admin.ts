import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { systemActor } from '../audit/audit-event.js';
import { apiKeyDigest, apiKeyRandomBytes, makeApiKey } from '../core/api-key.js';
import { Secret } from '../core/secret.js';
import { Database } from '../platform/database/database.js';
import type { Tx } from '../platform/database/transaction.js';
import { createFileOnce, replaceFile } from '../platform/files.js';
import { AccessService } from './access.service.js';
import { ApiKeyStore } from './api-key.store.js';

/** Sees to it that somebody can open the API after the first start. */
@Injectable()
export class FirstAdmin {
  constructor(
    private readonly database: Database,
    private readonly access: AccessService,
    private readonly keys: ApiKeyStore,
  ) {}

  /**
   * Makes the given admin key known; without one makes a key when the database has none.
   *
   * Shape: answers the path of the file that holds a key made now, else undefined. The key itself
   * is never printed.
   */
  async ensure(given: Secret | undefined, dataDir: string): Promise<string | undefined> {
    return await this.database.inTransaction(async (tx) => {
      await this.keys.lockAdmins(tx);
      if (given) {
        const isKnown = await this.keys.findByDigest(tx, apiKeyDigest(given));
        if (!isKnown) await this.access.issue(tx, systemActor, { ...admin, name: 'given' }, given);
        return undefined;
      }
      if (await this.keys.hasAdmin(tx)) return undefined;
      const path = join(dataDir, 'admin.key');
      const secret = await this.#fileKey(tx, path);
      await this.access.issue(tx, systemActor, { ...admin, name: 'first' }, secret);
      return path;
    });
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

const admin = { role: 'admin', stationId: null } as const;

function keyOf(line: Buffer): Secret {
  return new Secret(line.toString('utf8').trim());
}

function newKeyLine(): Buffer {
  return Buffer.from(`${makeApiKey(randomBytes(apiKeyRandomBytes)).expose()}\n`, 'utf8');
}
