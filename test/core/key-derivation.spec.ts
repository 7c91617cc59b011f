import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveDeviceSecret, orderKeyBytes } from '../../src/core/key-derivation.js';

const orderKey = Buffer.from(Array.from({ length: orderKeyBytes }, (_, index) => index));
const device = { productKey: 'a1B2c3D4e5F', deviceName: 'unit_000001', generation: 0 };

function derive(key: Buffer, fields: Partial<typeof device> = {}): string {
  return deriveDeviceSecret(key, { ...device, ...fields }).expose();
}

describe('a device secret', () => {
  // The expected values were computed with the openssl command and with Python's hmac module.
  it.each([
    ['of a fresh device', orderKey, device, 'b3f4310070da2bd34e22c7b27c1527ed'],
    ['after a reset', orderKey, { ...device, generation: 1 }, '590156e5c78e83fcfeda804bdcf44b20'],
    [
      'of names outside ASCII',
      Buffer.alloc(orderKeyBytes, 0xff),
      { productKey: 'p', deviceName: '设备', generation: 7 },
      'e09724d6f40a0c4c26b4d9184463af3b',
    ],
  ])('%s is the one that others compute by the same rule', (_, key, fields, expected) => {
    expect(deriveDeviceSecret(key, fields).expose()).toBe(expected);
  });

  it('has 32 lower-case hex digits', () => {
    expect(derive(orderKey)).toMatch(/^[0-9a-f]{32}$/);
  });

  it('changes with the order key, the product, the name and the generation', () => {
    const otherKey = Buffer.from(orderKey);
    otherKey[31] = 0;
    const secrets = [
      derive(orderKey),
      derive(otherKey),
      derive(orderKey, { productKey: 'a1B2c3D4e5G' }),
      derive(orderKey, { deviceName: 'unit_000002' }),
      derive(orderKey, { generation: 1 }),
      derive(orderKey, { generation: 256 }),
    ];
    expect(new Set(secrets).size).toBe(secrets.length);
  });

  it('never depends on where the product key ends and the name begins', () => {
    const text = fc.string({
      unit: fc.constantFrom(...Array.from('ab01\0')),
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(text, fc.nat(20), fc.nat(20), (all, one, other) => {
        fc.pre(Math.min(one, all.length) !== Math.min(other, all.length));
        const split = (at: number): string =>
          derive(orderKey, { productKey: all.slice(0, at), deviceName: all.slice(at) });
        expect(split(one)).not.toBe(split(other));
      }),
    );
  });
});
