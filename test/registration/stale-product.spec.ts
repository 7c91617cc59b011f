import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemActor } from '../../src/audit/audit-event.js';
import { auditOf, openRegistrar, pad, requestOf } from './registrar.js';
import type { Registrar } from './registrar.js';

let registrar: Registrar;

beforeAll(async () => {
  registrar = await openRegistrar();
});

afterAll(async () => {
  await registrar.close();
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
    expect(await auditOf(registrar, 'stale-0001')).toMatchObject([
      { detail: { reason: 'mode_off' } },
    ]);
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
