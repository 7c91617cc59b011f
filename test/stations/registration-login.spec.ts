import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseClientId, parseUsername } from '../../src/core/client-id.js';
import { Secret } from '../../src/core/secret.js';
import { registrationLogin } from '../../src/stations/registration-login.js';

const device = {
  productKey: 'a1JszCpjS61',
  deviceName: 'NT35E_06011',
  productSecret: new Secret('productSecret0001'),
  random: '0123456789abcdef',
};

describe('the registration login of a module', () => {
  it('is what the registration endpoint takes apart', () => {
    const { clientId, username } = registrationLogin(device);
    const parsed = parseClientId(clientId);
    expect(parsed?.id).toBe('NT35E_06011');
    expect(Object.fromEntries(parsed?.params ?? [])).toEqual({
      securemode: '2',
      authType: 'register',
      random: '0123456789abcdef',
      signmethod: 'hmacsha256',
    });
    expect(parseUsername(username)).toEqual({
      deviceName: 'NT35E_06011',
      productKey: 'a1JszCpjS61',
    });
  });

  it('is signed with the product secret over names and random value in sorted order', () => {
    const content = 'deviceNameNT35E_06011productKeya1JszCpjS61random0123456789abcdef';
    const signature = createHmac('sha256', 'productSecret0001').update(content).digest('hex');
    expect(registrationLogin(device).password.expose()).toBe(signature);
  });
});
