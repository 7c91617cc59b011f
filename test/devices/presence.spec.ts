import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DomainError } from '../../src/core/errors.js';
import { Presence } from '../../src/devices/presence.js';
import { PresenceStore } from '../../src/devices/presence.store.js';
import { Database } from '../../src/platform/database/database.js';
import { rows } from '../../src/platform/database/query.js';
import { LOGGER } from '../../src/platform/logger.js';
import type { Logger } from '../../src/platform/logger.js';
import { DATABASE_URL, Signals } from '../../src/platform/signals/signals.js';
import { makeOrder, makeProduct } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

interface Shown {
  readonly deviceName: string;
  readonly online: boolean;
  readonly onlineAt: string | null;
  readonly offlineAt: string | null;
  readonly address: string | null;
}

let service: TestService;
let productKey: string;
let presence: Presence;
beforeAll(async () => {
  service = await startTestService();
  ({ productKey } = await makeProduct(service));
  await makeOrder(service, productKey, { quantity: 3000 });
  presence = service.service.app.get(Presence);
});
afterAll(async () => {
  await service.stop();
});

let next = 0;
let device: { readonly productKey: string; readonly deviceName: string };
beforeEach(() => {
  next += 1;
  device = { productKey, deviceName: `unit_${String(next).padStart(6, '0')}` };
});

async function shown({ deviceName } = device): Promise<Shown> {
  return (await service.call<Shown>('GET', `/api/v1/devices/${productKey}/${deviceName}`)).body;
}

/** Counts the statements, and refuses as many as it is told. */
class CountingStore extends PresenceStore {
  statements = 0;
  refusals = 0;
  meanwhile = (): void => undefined;
  override async write(...args: Parameters<PresenceStore['write']>): Promise<void> {
    this.statements += 1;
    if (this.refusals > 0) {
      this.refusals -= 1;
      this.meanwhile();
      throw new DomainError('database.away', 'as if');
    }
    await super.write(...args);
  }
}

/** Another copy of the service, as far as presence goes, with a seat of its own. */
async function anotherCopy() {
  const { app } = service.service;
  const log = app.get<Logger>(LOGGER);
  const signals = new Signals(app.get(DATABASE_URL), log);
  await signals.start();
  const store = new CountingStore();
  const copy = new Presence(app.get(Database), store, signals, log);
  return { signals, store, presence: copy };
}

/** Ends a copy as `kill -9` does: nothing but its connection to the database goes. */
async function kill(copy: { readonly signals: Signals }): Promise<void> {
  await copy.signals.onApplicationShutdown();
}

describe('a device', () => {
  it('that never connected has never been online', async () => {
    expect(await shown()).toMatchObject({ online: false, onlineAt: null, offlineAt: null });
  });

  it('is online from its connection on, and offline after it', async () => {
    const before = Date.now();
    const leave = presence.online(device, '10.0.0.7');
    await presence.flush();
    const first = await shown();
    expect(first).toMatchObject({ online: true, offlineAt: null, address: '10.0.0.7' });
    const onlineAt = Date.parse(first.onlineAt ?? '');
    expect(onlineAt).toBeGreaterThanOrEqual(before - 1000);
    expect(onlineAt).toBeLessThanOrEqual(Date.now() + 1000);
    leave();
    await presence.flush();
    const then = await shown();
    expect(then).toMatchObject({ online: false, address: '10.0.0.7' });
    expect(Date.parse(then.offlineAt ?? '')).toBeGreaterThanOrEqual(onlineAt - 50);
    leave(); // said twice, it means nothing
    await presence.flush();
    expect((await shown()).offlineAt).toBe(then.offlineAt);
  });

  it('is shown in the list of its product', async () => {
    const leave = presence.online(device, '10.0.0.8');
    await presence.flush();
    const { body } = await service.call<{ items: Shown[] }>(
      'GET',
      `/api/v1/products/${productKey}/devices?prefix=${device.deviceName}`,
    );
    expect(body.items).toEqual([expect.objectContaining({ online: true, address: '10.0.0.8' })]);
    leave();
  });

  it('that a newer connection takes over stays online when the older one ends', async () => {
    const older = presence.online(device, '10.0.0.1');
    const newer = presence.online(device, '10.0.0.2');
    older();
    await presence.flush();
    expect(await shown()).toMatchObject({ online: true, address: '10.0.0.2' });
    newer();
    await presence.flush();
    expect(await shown()).toMatchObject({ online: false });
  });

  it('that came and went between two writes was there', async () => {
    presence.online(device, '10.0.0.3')();
    await presence.flush();
    const { online, onlineAt, offlineAt } = await shown();
    expect([online, onlineAt === null, offlineAt === null]).toEqual([false, false, false]);
  });

  it('that no product knows changes nothing', async () => {
    presence.online({ productKey, deviceName: 'nobody' }, '10.0.0.4')();
    presence.online(device, '10.0.0.5');
    await presence.flush();
    expect(await shown()).toMatchObject({ online: true });
  });
});

describe('a storm of reconnects', () => {
  it('costs one statement for a thousand devices, and the last state of each is written', async () => {
    const copy = await anotherCopy();
    for (let round = 0; round < 5; round += 1) {
      for (let index = 1; index <= 2500; index += 1) {
        const deviceName = `unit_${String(index + 500).padStart(6, '0')}`;
        const leave = copy.presence.online({ productKey, deviceName }, `10.1.0.${round}`);
        if (round < 4 || index > 2400) leave();
      }
    }
    await copy.presence.flush();
    expect(copy.store.statements).toBe(3);
    const { body } = await service.call<{ items: Shown[] }>(
      'GET',
      `/api/v1/products/${productKey}/devices?prefix=unit_0028&limit=100`,
    );
    const offline = body.items.filter(({ online }) => !online).map((one) => one.deviceName);
    expect(offline).toEqual([]);
    expect(await shown({ productKey, deviceName: 'unit_002999' })).toMatchObject({
      online: false,
      address: '10.1.0.4',
    });
    await copy.presence.onApplicationShutdown();
    await copy.signals.onApplicationShutdown();
  });
});

describe('a write that fails', () => {
  it('is made up for, by what is newer if there is something', async () => {
    const copy = await anotherCopy();
    const other = { productKey, deviceName: 'unit_000499' };
    copy.store.refusals = 1;
    const leave = copy.presence.online(device, '10.0.0.1');
    copy.presence.online(other, '10.0.0.2');
    copy.store.meanwhile = leave;
    await copy.presence.flush();
    expect(await shown()).toMatchObject({ online: false, onlineAt: null });
    await copy.presence.flush();
    expect(await shown()).toMatchObject({ online: false, address: '10.0.0.1' });
    expect(await shown(other)).toMatchObject({ online: true, address: '10.0.0.2' });
    await copy.presence.onApplicationShutdown();
    await copy.signals.onApplicationShutdown();
  });
});

describe('a copy of the service', () => {
  it('that stops takes its devices offline, and no others', async () => {
    const copy = await anotherCopy();
    const mine = { productKey, deviceName: 'unit_000498' };
    presence.online(mine, '10.0.0.1');
    copy.presence.online(device, '10.0.0.2');
    await Promise.all([presence.flush(), copy.presence.flush()]);
    await copy.presence.onApplicationShutdown();
    await copy.signals.onApplicationShutdown();
    expect(await shown()).toMatchObject({ online: false, address: '10.0.0.2' });
    expect(await shown(mine)).toMatchObject({ online: true });
  });

  it('that dies leaves nobody online for longer than until another one looks', async () => {
    const copy = await anotherCopy();
    copy.presence.online(device, '10.0.0.2');
    await copy.presence.flush();
    await presence.look();
    expect(await shown()).toMatchObject({ online: true }); // it is alive
    await kill(copy);
    await expect
      .poll(async () => {
        await presence.look();
        return await shown();
      })
      .toMatchObject({ online: false, address: '10.0.0.2' });
    expect(service.log()).toContain('presence.copy_died');
  });

  it('that dies is found out by the next that starts', async () => {
    const copy = await anotherCopy();
    copy.presence.online(device, '10.0.0.2');
    await copy.presence.flush();
    await kill(copy);
    const started = await startTestService({
      DATABASE_URL: service.database.url.expose(),
      MASTER_KEY_FILE: join(service.dataDir, 'master.key'),
    });
    try {
      expect(await shown()).toMatchObject({ online: false });
    } finally {
      await started.stop();
    }
  });

  it('does not end with its older connection what is connected elsewhere by now', async () => {
    const copy = await anotherCopy();
    const older = copy.presence.online(device, '10.0.0.1');
    await copy.presence.flush();
    presence.online(device, '10.0.0.2');
    await presence.flush();
    older();
    await copy.presence.flush();
    expect(await shown()).toMatchObject({ online: true, address: '10.0.0.2' });
    await copy.presence.onApplicationShutdown();
    expect(await shown()).toMatchObject({ online: true, address: '10.0.0.2' });
    await copy.signals.onApplicationShutdown();
  });

  it.each([
    ['that began before, and is over', 1_000, 500],
    ['that began after, and is over', 10, 5],
  ])(
    'leaves what is connected elsewhere as it is, for a connection %s',
    async (_, began, ended) => {
      const { dataSource } = service.database;
      const store = new PresenceStore();
      const [mine, other] = [1_000_001, 1_000_002];
      const here = { ...device, onlineAgoMs: 100, offlineAgoMs: null, address: '10.0.0.1' };
      await store.write(dataSource.manager, mine, [here]);
      const gone = { ...here, onlineAgoMs: began, offlineAgoMs: ended, address: '10.0.0.2' };
      await store.write(dataSource.manager, other, [gone]);
      expect(await shown()).toMatchObject({ online: true, address: '10.0.0.1' });
    },
  );

  it('does not set back a login that was noted elsewhere when its older connection ends', async () => {
    const here = presence.online(device, '10.0.0.1');
    await presence.flush();
    const before = (await shown()).onlineAt;
    const [{ id } = { id: '' }] = await rows<{ id: string }>(
      service.database.dataSource,
      'SELECT id FROM device WHERE name = $1',
      [device.deviceName],
    );
    await presence.note({ deviceId: id, address: '10.0.0.2' });
    const noted = await shown();
    expect(Date.parse(noted.onlineAt ?? '')).toBeGreaterThan(Date.parse(before ?? ''));
    expect(noted.address).toBe('10.0.0.2');
    here();
    await presence.flush();
    expect((await shown()).onlineAt).toBe(noted.onlineAt);
  });

  it('that was taken for dead says again who is connected to it', async () => {
    const copy = await anotherCopy();
    copy.presence.online(device, '10.0.0.2');
    await copy.presence.flush();
    await kill(copy);
    await expect
      .poll(async () => {
        await presence.look();
        return await shown();
      })
      .toMatchObject({ online: false });
    await copy.signals.start(); // as after a lost connection
    await copy.presence.look();
    await copy.presence.flush();
    expect(await shown()).toMatchObject({ online: true, address: '10.0.0.2' });
    await presence.look();
    expect(await shown()).toMatchObject({ online: true });
    await copy.presence.onApplicationShutdown();
    await copy.signals.onApplicationShutdown();
  });
});
