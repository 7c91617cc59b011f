import { parseClientId, parseUsername } from '../core/client-id.js';
import { Secret } from '../core/secret.js';
import { loginContent, parseSignMethod } from '../core/signing.js';
import type { SignMethod } from '../core/signing.js';

/** What a device sends in its CONNECT. The password is a signature, never the secret itself. */
export interface LoginRequest {
  readonly clientId: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

/** A login that can be checked. */
export interface LoginClaim {
  readonly productKey: string;
  readonly deviceName: string;
  readonly method: SignMethod;
  readonly content: string;
  readonly signature: string;
}

/** A login with a token instead of a signature. */
export interface TokenClaim {
  readonly productKey: string;
  readonly deviceName: string;
  /** The client id that the unit got with its token. */
  readonly clientId: string;
  readonly token: Secret;
}

/** Source: Alibaba Cloud IoT, MQTT over TCP. Units: characters. */
const maxIdLength = 64;
const secureModes: readonly (string | undefined)[] = ['2', '3'];

/**
 * Takes a login with a token apart; undefined for every other login.
 *
 * Shape: `{clientId}|authType=connwl,…|`, the token as password; securemode is -2 or left out.
 * Source: Alibaba Cloud IoT, MQTT without pre-registration; C Link SDK 4.2, observed.
 */
export function parseTokenLogin(
  request: LoginRequest,
): TokenClaim | 'identifier' | 'credentials' | undefined {
  const parsed = parseClientId(request.clientId);
  if (parsed?.params.get('authType') !== 'connwl') return undefined;
  if (parsed.id === '' || parsed.id.length > maxIdLength) return 'identifier';
  const names = parseUsername(request.username ?? '');
  if (!names || request.password === undefined) return 'credentials';
  return { ...names, clientId: parsed.id, token: new Secret(request.password) };
}

/**
 * Takes a login apart.
 *
 * Shape: product key and device name come from the user name only: firmware writes the id in many
 * ways. Without `signmethod` it is hmacmd5. `identifier` or `credentials` tells what is malformed.
 * Source: Alibaba Cloud IoT, MQTT over TCP: securemode 2 is TLS, 3 is plain TCP. Which of the two
 * is not compared with the connection: TLS may end at a balancer in front of us.
 */
export function parseLogin(request: LoginRequest): LoginClaim | 'identifier' | 'credentials' {
  const parsed = parseClientId(request.clientId);
  if (!parsed || parsed.id.length > maxIdLength) return 'identifier';
  const { id, params } = parsed;
  const method = parseSignMethod(params.get('signmethod') ?? 'hmacmd5');
  if (!method || !secureModes.includes(params.get('securemode'))) return 'identifier';
  const names = parseUsername(request.username ?? '');
  if (!names || request.password === undefined) return 'credentials';
  const content = loginContent({ ...names, clientId: id, timestamp: params.get('timestamp') });
  return { ...names, method, content, signature: request.password };
}
