import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Presence } from '../../src/devices/presence.js';
import { makeFleet } from '../broker/devices.js';
import type { Fleet } from '../broker/devices.js';
import { closed, enter } from '../broker/mqtt-device.js';
import { makeDataDir } from '../support/data-dir.js';
import { startBuiltService } from '../support/built-service.js';
import type { BuiltService } from '../support/built-service.js';
import { adminKey, startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

let one: TestService;
let fleet: Fleet;
let dataDir: string;
let other: BuiltService;
beforeAll(async () => {
  one = await startTestService();
  fleet = await makeFleet(one, { quantity: 1 });
  dataDir = await makeDataDir('copy');
  other = await startBuiltService(dataDir, {
    DATABASE_URL: one.database.url.expose(),
    MASTER_KEY_FILE: join(one.dataDir, 'master.key'),
    ADMIN_KEY: adminKey,
  });
});
afterAll(async () => {
  await other.end('SIGKILL');
  await one.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function isOnline(): Promise<boolean> {
  const { productKey, deviceName } = fleet.devices[0];
  const path = `/api/v1/devices/${productKey}/${deviceName}`;
  return (await one.call<{ online: boolean }>('GET', path)).body.online;
}

it('a device of a copy that is killed does not stay online', async () => {
  const file = await readFile(join(dataDir, 'service.json'), 'utf8');
  const { mqtt } = JSON.parse(file) as { mqtt: string };
  const client = await enter(mqtt, fleet.devices[0]);
  await expect.poll(isOnline, { timeout: 10_000 }).toBe(true);
  const ended = closed(client);
  await other.end('SIGKILL');
  await ended;
  await expect
    .poll(
      async () => {
        await one.service.app.get(Presence).look();
        return await isOnline();
      },
      { timeout: 10_000 },
    )
    .toBe(false);
});
