import { expect, it } from 'vitest';
import { parseLogin } from '../../src/broker/login-request.js';
import { deviceLogin } from '../../src/core/device-login.js';
import { Secret } from '../../src/core/secret.js';
import { isSameSignature, sign } from '../../src/core/signing.js';

const deviceSecret = new Secret('390358fc595040aa73221e8393aba86c');
const login = deviceLogin({ productKey: 'a1JszCpjS61', deviceName: 'NT35E_06011', deviceSecret });

it('is one that the broker takes', () => {
  const claim = parseLogin({ ...login, password: login.password.expose() });
  expect(claim).toMatchObject({ productKey: 'a1JszCpjS61', deviceName: 'NT35E_06011' });
  if (typeof claim === 'string') {
    throw new Error(`malformed: ${claim}`);
  }
  expect(isSameSignature(sign(claim.method, deviceSecret, claim.content), claim.signature)).toBe(
    true,
  );
});

it('is the same at every start, and signed without a timestamp', () => {
  expect(login).toMatchObject({
    clientId: 'NT35E_06011|securemode=3,signmethod=hmacsha256|',
    username: 'NT35E_06011&a1JszCpjS61',
  });
  expect(login.password.expose()).toBe(
    sign(
      'hmacsha256',
      deviceSecret,
      'clientIdNT35E_06011deviceNameNT35E_06011productKeya1JszCpjS61',
    ),
  );
});
