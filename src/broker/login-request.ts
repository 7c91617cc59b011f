import { parseClientId, parseUsername } from '../core/client-id.js';
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

/** Source: Alibaba Cloud IoT, MQTT over TCP. Units: characters. */
const maxIdLength = 64;
const secureModes: readonly (string | undefined)[] = ['2', '3'];

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
