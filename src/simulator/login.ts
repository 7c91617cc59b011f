import type { Triple } from '../core/triple.js';
import { Secret } from '../core/secret.js';
import { loginContent, sign } from '../core/signing.js';

/** What a unit sends in its MQTT CONNECT. */
export interface Login {
  readonly clientId: string;
  readonly username?: string;
  readonly password?: Secret;
}

/** The circumstances of a login. Units: `nowMs` in ms since 1970, UTC. */
export interface LoginCircumstances {
  readonly clientId: string;
  readonly isTls: boolean;
  readonly nowMs: number;
}

/**
 * Computes the login of Alibaba Cloud IoT from a triple.
 *
 * Shape: `{id}|securemode=..,signmethod=hmacsha256,timestamp=..|`, `{dn}&{pk}`, lower-case hex.
 * Source: Alibaba Cloud IoT, MQTT over TCP; securemode 2 is TLS, 3 is plain TCP.
 */
export function alibabaLogin(triple: Triple, at: LoginCircumstances): Login {
  const { productKey, deviceName, deviceSecret } = triple;
  const timestamp = String(at.nowMs);
  const content = loginContent({ clientId: at.clientId, deviceName, productKey, timestamp });
  const mode = at.isTls ? '2' : '3';
  return {
    clientId: `${at.clientId}|securemode=${mode},signmethod=hmacsha256,timestamp=${timestamp}|`,
    username: `${deviceName}&${productKey}`,
    password: new Secret(sign('hmacsha256', deviceSecret, content)),
  };
}
