import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemActor } from '../../src/audit/audit-event.js';
import { DomainError } from '../../src/core/errors.js';
import type { RegistrationResult } from '../../src/registration/registration.js';
import { openRegistrar, requestOf } from './registrar.js';
import type { Registrar, TestProduct } from './registrar.js';

let registrar: Registrar;
let product: TestProduct;

beforeAll(async () => {
  registrar = await openRegistrar();
  product = await registrar.makeProduct();
});

afterAll(async () => {
  await registrar.close();
});

function secretOf(result: RegistrationResult): string {
  if (result.kind !== 'granted') throw new Error(`not granted: ${JSON.stringify(result)}`);
  return result.triple.deviceSecret.expose();
}

async function auditOf(deviceName: string): Promise<object[]> {
  return await registrar.query(
    `SELECT action, actor, address, product_key, device_name, order_id, detail
     FROM audit_event WHERE device_name = $1 ORDER BY id`,
    [deviceName],
  );
}

describe('a proven module', () => {
  it('gets its triple, and the same secret again', async () => {
    const orderId = await registrar.makeOrder(product, 'once-');
    const first = await registrar.service.register(requestOf(product, 'once-0001'));
    const again = await registrar.service.register(requestOf(product, 'once-0001'));
    const other = await registrar.service.register(requestOf(product, 'once-0002'));
    expect(first).toMatchObject({
      kind: 'granted',
      triple: { productKey: product.productKey, deviceName: 'once-0001' },
    });
    expect(secretOf(first)).toMatch(/^[0-9a-f]{32}$/);
    expect(secretOf(again)).toBe(secretOf(first));
    expect(secretOf(other)).not.toBe(secretOf(first));
    expect(await registrar.count(orderId)).toEqual({ minted: 10, free: 8, issued: 2, shown: 2 });
    const common = {
      action: 'device.registered',
      actor: 'device',
      address: '192.0.2.7',
      product_key: product.productKey,
      device_name: 'once-0001',
      order_id: orderId,
    };
    expect(await auditOf('once-0001')).toEqual([
      { ...common, detail: { protocol: 'aliyun-https' } },
      { ...common, detail: { protocol: 'aliyun-https', repeat: true } },
    ]);
  });

  it('gets the secret of the generation that the device has now', async () => {
    await registrar.makeOrder(product, 'gen-');
    const before = await registrar.service.register(requestOf(product, 'gen-0001'));
    await registrar.query(`UPDATE device SET generation = 1 WHERE name = 'gen-0001'`);
    const after = await registrar.service.register(requestOf(product, 'gen-0001'));
    expect(secretOf(after)).not.toBe(secretOf(before));
  });

  it('gets one secret however many callers race for it', async () => {
    const orderId = await registrar.makeOrder(product, 'race-', { quantity: 100 });
    const names = Array.from({ length: 200 }, (_, index) => `race-${pad((index % 100) + 1)}`);
    const results = await Promise.all(
      names.map((name, index) =>
        // Another address is another caller, whom the batcher may not fold into the first.
        registrar.service.register(
          requestOf(product, name, { address: index < 100 ? '192.0.2.1' : '192.0.2.2' }),
        ),
      ),
    );
    const secrets = results.map(secretOf);
    expect(new Set(secrets).size).toBe(100);
    expect(secrets.slice(0, 100)).toEqual(secrets.slice(100));
    expect(await registrar.count(orderId)).toEqual({
      minted: 100,
      free: 0,
      issued: 100,
      shown: 100,
    });
    const told = await registrar.query(
      `SELECT device_name FROM audit_event WHERE order_id = $1 AND action = 'device.registered'
         AND NOT detail ? 'repeat'`,
      [orderId],
    );
    expect(told).toHaveLength(100);
    const repeats = await registrar.query(
      `SELECT device_name FROM audit_event WHERE order_id = $1 AND detail ? 'repeat'`,
      [orderId],
    );
    expect(repeats).toHaveLength(100);
  });

  it('never gets more out of an order than its quota', async () => {
    const orderId = await registrar.makeOrder(product, 'quota-', { quantity: 60, quota: 20 });
    const results = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        registrar.service.register(requestOf(product, `quota-${pad(index + 1)}`)),
      ),
    );
    expect(results.filter(({ kind }) => kind === 'granted')).toHaveLength(20);
    const refused = results.filter(({ kind }) => kind === 'refused');
    expect(refused).toHaveLength(40);
    expect(new Set(refused.map((result) => JSON.stringify(result)))).toEqual(
      new Set([JSON.stringify({ kind: 'refused', reason: 'quota_used_up' })]),
    );
    expect(await registrar.count(orderId)).toEqual({ minted: 60, free: 40, issued: 20, shown: 20 });
    const states = await registrar.query(
      'SELECT state, count(*)::integer FROM device WHERE order_id = $1 GROUP BY 1 ORDER BY 1',
      [orderId],
    );
    expect(states).toEqual([
      { state: 'free', count: 40 },
      { state: 'issued', count: 20 },
    ]);
  });

  it('still gets what it was given when the quota is used up', async () => {
    await registrar.makeOrder(product, 'full-', { quota: 1 });
    const first = await registrar.service.register(requestOf(product, 'full-0001'));
    const second = await registrar.service.register(requestOf(product, 'full-0002'));
    const again = await registrar.service.register(requestOf(product, 'full-0001'));
    expect(second).toEqual({ kind: 'refused', reason: 'quota_used_up' });
    expect(secretOf(again)).toBe(secretOf(first));
  });
});

describe('a refusal of a proven module', () => {
  it.each([
    ['a void device', 'device_unknown', `state = 'void'`, {}],
    ['an activated device', 'device_active', `state = 'issued', activated_at = now()`, {}],
    ['a free device that was activated', 'device_active', 'activated_at = now()', {}],
    ['a disabled device', 'device_disabled', 'disabled_at = now()', {}],
    ['a device that a station leased', 'device_held', `state = 'leased'`, {}],
    ['a device that a station confirmed', 'device_held', `state = 'confirmed'`, {}],
    ['a device of an order that mints', 'device_unknown', `state = 'free'`, { state: 'minting' }],
    ['a device of a refused order', 'device_unknown', `state = 'free'`, { state: 'refused' }],
    ['a device of an aborted order', 'device_unknown', `state = 'issued'`, { state: 'aborted' }],
  ] as const)('is given for %s: %s', async (name, reason, change, order) => {
    const prefix = `no-${Math.abs(hash(name))}-`;
    const orderId = await registrar.makeOrder(product, prefix, order);
    const before = await registrar.count(orderId);
    await registrar.query(`UPDATE device SET ${change} WHERE name = $1`, [`${prefix}0001`]);
    const result = await registrar.service.register(requestOf(product, `${prefix}0001`));
    expect(result).toEqual({ kind: 'refused', reason });
    expect(await registrar.count(orderId)).toEqual(before);
    expect(await auditOf(`${prefix}0001`)).toEqual([
      {
        action: 'registration.refused',
        actor: 'device',
        address: '192.0.2.7',
        product_key: product.productKey,
        device_name: `${prefix}0001`,
        order_id: orderId,
        detail: { protocol: 'aliyun-https', reason },
      },
    ]);
  });

  it.each(['leased', 'confirmed'])(
    'is not given for a device that is %s in a product-secret order',
    async (state) => {
      const prefix = `held-${state.slice(0, 4)}-`;
      const orderId = await registrar.makeOrder(product, prefix, {
        provisioning: 'product-secret',
      });
      const before = await registrar.count(orderId);
      await registrar.query('UPDATE device SET state = $1 WHERE name = $2', [
        state,
        `${prefix}0001`,
      ]);
      const result = await registrar.service.register(requestOf(product, `${prefix}0001`));
      expect(secretOf(result)).toMatch(/^[0-9a-f]{32}$/);
      expect(await registrar.count(orderId)).toEqual(before);
      const found = await registrar.query('SELECT state FROM device WHERE name = $1', [
        `${prefix}0001`,
      ]);
      expect(found).toEqual([{ state }]);
    },
  );

  it.each(['closed', 'open'] as const)('is not given because an order is %s', async (state) => {
    await registrar.makeOrder(product, `${state}-`, { state });
    const result = await registrar.service.register(requestOf(product, `${state}-0001`));
    expect(result.kind).toBe('granted');
  });

  it.each([
    ['a name that was never minted', 'never-0001'],
    ['a name that no device can have', 'x'],
    ['a name that is far too long', 'x'.repeat(200)],
  ])('is given for %s: device_unknown', async (_, deviceName) => {
    const result = await registrar.service.register(requestOf(product, deviceName));
    expect(result).toEqual({ kind: 'refused', reason: 'device_unknown' });
    expect(await auditOf(deviceName.slice(0, 64))).toMatchObject([
      { action: 'registration.refused', order_id: null, detail: { reason: 'device_unknown' } },
    ]);
  });

  it('is given for a name of another product', async () => {
    const other = await registrar.makeProduct();
    await registrar.makeOrder(product, 'mine-');
    const result = await registrar.service.register(requestOf(other, 'mine-0001'));
    expect(result).toEqual({ kind: 'refused', reason: 'device_unknown' });
  });

  it('is given when registration is off or the connection is plain, and names the cause', async () => {
    const off = await registrar.makeProduct({ mode: 'off' });
    await registrar.makeOrder(off, 'off-');
    const plain = { isEncrypted: false };
    const refused = await registrar.service.register(requestOf(off, 'off-0001'));
    const refusedPlain = await registrar.service.register(requestOf(off, 'off-0002', plain));
    expect(refused).toEqual({ kind: 'refused', reason: 'mode_off' });
    expect(refusedPlain).toEqual({ kind: 'refused', reason: 'plaintext_refused' });
    expect(await auditOf('off-0001')).toMatchObject([{ detail: { reason: 'mode_off' } }]);
    expect(await auditOf('off-0002')).toMatchObject([{ detail: { reason: 'plaintext_refused' } }]);
  });

  it('is not given on a plain connection when the product allows it', async () => {
    const open = await registrar.makeProduct({ allowPlaintext: true });
    await registrar.makeOrder(open, 'plain-');
    const request = requestOf(open, 'plain-0001', { isEncrypted: false });
    expect((await registrar.service.register(request)).kind).toBe('granted');
  });
});

describe('a stranger', () => {
  it('gets one answer for an unknown product and for a wrong signature', async () => {
    await registrar.makeOrder(product, 'strange-');
    const good = requestOf(product, 'strange-0001');
    const off = requestOf(await registrar.makeProduct({ mode: 'off' }), 'strange-0001');
    const strangers = [
      { ...good, sign: '0'.repeat(64) },
      { ...good, sign: good.sign?.slice(0, -1) },
      { ...good, random: '654321' },
      { ...good, signMethod: 'hmacsha1' },
      { ...good, productKey: 'a1nowhere00' },
      { ...good, productKey: '__proto__' },
      { ...good, isEncrypted: false, sign: '00' },
      { ...off, sign: good.sign },
    ];
    const before = await registrar.query('SELECT id FROM audit_event');
    for (const request of strangers) {
      expect(await registrar.service.register(request)).toEqual({ kind: 'stranger' });
    }
    expect(await registrar.query('SELECT id FROM audit_event')).toEqual(before);
    const [device] = await registrar.query(`SELECT state FROM device WHERE name = 'strange-0001'`);
    expect(device).toEqual({ state: 'free' });
  });

  it('is not believed when it signs with the text that stands in for a missing secret', async () => {
    const { Secret } = await import('../../src/core/secret.js');
    const pretended = { productKey: 'a1nowhere00', secret: new Secret('no product, no secret') };
    expect(await registrar.service.register(requestOf(pretended, 'any-0001'))).toEqual({
      kind: 'stranger',
    });
  });

  it('is told of a request that nobody could read, whatever the product', async () => {
    const good = requestOf(product, 'strange-0001');
    const malformed = [
      { ...good, productKey: undefined },
      { ...good, deviceName: '' },
      { ...good, random: undefined },
      { ...good, sign: undefined },
      { ...good, signMethod: undefined },
      { ...good, signMethod: 'hmacsha512' },
      { ...good, random: 'x'.repeat(257) },
      { ...good, deviceName: 'nul\0byte' },
    ];
    for (const request of malformed) {
      expect(await registrar.service.register(request)).toEqual({ kind: 'malformed' });
    }
  });

  it('is counted under its address and the product key as it was sent', async () => {
    const address = '198.51.100.9';
    const request = requestOf(product, 'any-0001', { address, sign: '00' });
    await registrar.service.register(request);
    await registrar.service.register(request);
    await registrar.service.register({ ...request, productKey: 'a1nowhere00' });
    await registrar.service.register({ ...request, productKey: undefined });
    await registrar.strangers.flush();
    const counts = await registrar.query(
      `SELECT product_key, sum(count)::integer AS count FROM stranger_refusal
       WHERE address = $1 GROUP BY 1 ORDER BY 1`,
      [address],
    );
    expect(counts).toEqual(
      [
        { product_key: '', count: 1 },
        { product_key: 'a1nowhere00', count: 1 },
        { product_key: product.productKey, count: 2 },
      ].sort((a, b) => (a.product_key < b.product_key ? -1 : 1)),
    );
  });
});

describe('a stale copy of the product', () => {
  /** Changes a product behind the back of the directory, as another replica would. */
  async function changeElsewhere(productKey: string, change: string): Promise<void> {
    await registrar.query(
      `UPDATE product SET ${change}, version = version + 1 WHERE product_key = $1`,
      [productKey],
    );
  }

  it('is never used to allow what the policy refuses by now', async () => {
    const changing = await registrar.makeProduct();
    const orderId = await registrar.makeOrder(changing, 'stale-');
    await changeElsewhere(changing.productKey, `registration_mode = 'off'`);
    const result = await registrar.service.register(requestOf(changing, 'stale-0001'));
    expect(result).toEqual({ kind: 'refused', reason: 'mode_off' });
    expect((await registrar.count(orderId)).issued).toBe(0);
    expect(await auditOf('stale-0001')).toMatchObject([{ detail: { reason: 'mode_off' } }]);
  });

  it('does not refuse what the policy allows by now', async () => {
    const changing = await registrar.makeProduct({ mode: 'off' });
    await registrar.makeOrder(changing, 'fresh-');
    await changeElsewhere(changing.productKey, `registration_mode = 'preregistered'`);
    const result = await registrar.service.register(requestOf(changing, 'fresh-0001'));
    expect(result.kind).toBe('granted');
  });

  it('is read again once for all callers that met it', async () => {
    const changing = await registrar.makeProduct();
    await registrar.makeOrder(changing, 'many-', { quantity: 50 });
    await changeElsewhere(changing.productKey, 'name = name');
    const reload = registrar.directory.reload.bind(registrar.directory);
    let reloads = 0;
    registrar.directory.reload = (key) => {
      reloads += 1;
      return reload(key);
    };
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        registrar.service.register(requestOf(changing, `many-${pad(index + 1)}`)),
      ),
    );
    registrar.directory.reload = reload;
    expect(results.every(({ kind }) => kind === 'granted')).toBe(true);
    expect(reloads).toBe(1);
  });

  it('follows a change made here at once', async () => {
    const changing = await registrar.makeProduct();
    await registrar.makeOrder(changing, 'here-');
    await registrar.products.change(systemActor, changing.productKey, { policy: { mode: 'off' } });
    const result = await registrar.service.register(requestOf(changing, 'here-0001'));
    expect(result).toEqual({ kind: 'refused', reason: 'mode_off' });
  });
});

describe('trouble with the database', () => {
  it('is told as database.away when the backend dies, and the next try works', async () => {
    const orderId = await registrar.makeOrder(product, 'kill-');
    const { dataSource } = registrar.test;
    const holder = dataSource.createQueryRunner();
    await holder.startTransaction();
    await holder.query(`SELECT 1 FROM device WHERE name = 'kill-0001' FOR UPDATE`);
    const waiting = registrar.service.register(requestOf(product, 'kill-0001'));
    const caught = waiting.then(
      () => undefined,
      (error: unknown) => error,
    );
    await killWaiting();
    const error = await caught;
    await holder.rollbackTransaction();
    await holder.release();
    expect(error).toBeInstanceOf(DomainError);
    expect(error).toMatchObject({ code: 'database.away' });
    expect((await registrar.count(orderId)).issued).toBe(0);
    const again = await registrar.service.register(requestOf(product, 'kill-0001'));
    expect(again.kind).toBe('granted');
    expect(await registrar.count(orderId)).toEqual({ minted: 10, free: 9, issued: 1, shown: 1 });
  });

  /** Ends the backend that waits for the held row, as soon as it waits. */
  async function killWaiting(): Promise<void> {
    for (;;) {
      const killed = await registrar.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'
           AND query LIKE '%unnest($1::integer[]%' AND pid <> pg_backend_pid()`,
      );
      if (killed.length > 0) return;
    }
  }
});

function pad(number: number): string {
  return String(number).padStart(4, '0');
}

function hash(text: string): number {
  let sum = 0;
  for (const character of text) sum = (sum * 31 + character.charCodeAt(0)) % 99_991;
  return sum;
}
