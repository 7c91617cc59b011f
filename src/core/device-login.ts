import type { Triple } from './triple.js';
import { Secret } from './secret.js';
import { loginContent, sign } from './signing.js';

/** What a device sends in its MQTT CONNECT. */
export interface DeviceLogin {
  readonly clientId: string;
  readonly username: string;
  readonly password: Secret;
}

/**
 * Computes the MQTT login of a device, without a timestamp, so that it is the same at every start.
 *
 * Shape: clientId `{deviceName}|securemode=3,signmethod=hmacsha256|`, username
 * `{deviceName}&{productKey}`, password 64 lower-case hex digits.
 * Source: Alibaba Cloud IoT, MQTT over TCP: the timestamp may be left out; securemode 3 is plain TCP.
 */
export function deviceLogin({ productKey, deviceName, deviceSecret }: Triple): DeviceLogin {
  const content = loginContent({ clientId: deviceName, deviceName, productKey });
  return {
    clientId: `${deviceName}|securemode=3,signmethod=hmacsha256|`,
    username: `${deviceName}&${productKey}`,
    password: new Secret(sign('hmacsha256', deviceSecret, content)),
  };
}
