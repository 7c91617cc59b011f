import { rm } from 'node:fs/promises';
import { loadEnv } from '../../src/platform/env.js';
import { createLogger } from '../../src/platform/logger.js';
import { startService } from '../../src/service.js';
import type { RunningService } from '../../src/service.js';
import { makeDataDir } from '../support/data-dir.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { adminKey, caller } from '../support/service.js';
import type { Call } from '../support/service.js';

/** A service that can be started again on what it left. */
export class Site {
  restarts = 0;

  private constructor(
    readonly database: TestDatabase,
    private readonly dataDir: string,
    private service: RunningService,
  ) {}

  static async open(): Promise<Site> {
    const database = await createTestDatabase();
    const dataDir = await makeDataDir('model');
    return new Site(database, dataDir, await start(database, dataDir));
  }

  readonly call: Call = async (...request) => await caller(this.service.urls.http)(...request);

  async restart(): Promise<void> {
    await this.service.stop();
    this.service = await start(this.database, this.dataDir);
    this.restarts += 1;
  }

  async close(): Promise<void> {
    await this.service.stop();
    await this.database.drop();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

async function start(database: TestDatabase, dataDir: string): Promise<RunningService> {
  const env = loadEnv({
    HTTP_PORT: '0',
    TLS_PORT: '0',
    MQTT_PORT: '0',
    MQTTS_PORT: '0',
    DATA_DIR: dataDir,
    DATABASE_URL: database.url.expose(),
    ADMIN_KEY: adminKey,
    LOG_LEVEL: 'fatal',
  });
  return await startService(env, createLogger(env.logLevel));
}
