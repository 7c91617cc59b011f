import type { Triple } from '../core/triple.js';
import { Secret } from '../core/secret.js';
import { loginContent, registrationContent, sign } from '../core/signing.js';

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

/** What a unit asks for: the secret of a minted name, or a token under any name. */
export type RegistrationKind = 'register' | 'regnwl';

/**
 * Computes the login by which a unit registers with the product secret.
 *
 * Shape: `{dn}|securemode=..,authType=..,random=..,signmethod=hmacsha256|`, `{dn}&{pk}`, lower-case
 * hex; securemode -2 for a token.
 * Source: Alibaba Cloud IoT, MQTT-based dynamic registration.
 */
export function registrationLogin(
  product: {
    readonly productKey: string;
    readonly deviceName: string;
    readonly productSecret: Secret;
  },
  at: { readonly kind: RegistrationKind; readonly random: string },
): Login {
  const { productKey, deviceName, productSecret } = product;
  const { kind, random } = at;
  const params = `authType=${kind},random=${random},signmethod=hmacsha256`;
  const content = registrationContent({ productKey, deviceName, random });
  return {
    clientId: `${deviceName}|securemode=${kind === 'regnwl' ? '-2' : '2'},${params}|`,
    username: `${deviceName}&${productKey}`,
    password: new Secret(sign('hmacsha256', productSecret, content)),
  };
}

/**
 * The login of a unit that has a token.
 *
 * Source: Alibaba Cloud IoT, MQTT-based dynamic registration, without pre-registration.
 */
export function tokenLogin(device: {
  readonly productKey: string;
  readonly deviceName: string;
  readonly clientId: string;
  readonly deviceToken: Secret;
}): Login {
  const { productKey, deviceName, clientId, deviceToken } = device;
  return {
    clientId: `${clientId}|authType=connwl,securemode=-2|`,
    username: `${deviceName}&${productKey}`,
    password: deviceToken,
  };
}
