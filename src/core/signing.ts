import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from './secret.js';

/** The signature methods of Alibaba Cloud IoT devices. Source: Alibaba Cloud IoT, MQTT over TCP. */
export const signMethods = ['hmacmd5', 'hmacsha1', 'hmacsha256'] as const;
export type SignMethod = (typeof signMethods)[number];

const digests = { hmacmd5: 'md5', hmacsha1: 'sha1', hmacsha256: 'sha256' } as const;

/**
 * Reads a sign method as firmware spells it.
 *
 * Shape: `hmacsha1`, `HmacSHA1`, `hmac_sha1`, `hmac-sha1` are the same; undefined when unknown.
 * Source: Alibaba documentation samples write `HmacMD5` and `hmac_md5`.
 */
export function parseSignMethod(text: string): SignMethod | undefined {
  const plain = text.toLowerCase().replace(/[-_]/g, '');
  return signMethods.find((method) => method === plain);
}

/** Signs a content with a secret; lower-case hex. */
export function sign(method: SignMethod, key: Secret, content: string): string {
  return createHmac(digests[method], key.expose()).update(content, 'utf8').digest('hex');
}

/**
 * Tells in constant time whether a signature as sent is the expected one.
 *
 * Shape: hex in any case (C SDKs send upper case); anything else is simply false.
 */
export function isSameSignature(expectedHex: string, sent: string): boolean {
  const expected = Buffer.from(expectedHex, 'latin1');
  const given = Buffer.alloc(expected.length);
  given.write(sent.toLowerCase(), 'latin1');
  const isHex = sent.length === expected.length && /^[0-9a-f]+$/i.test(sent);
  return timingSafeEqual(expected, given) && isHex;
}

/** What a registering device signs with its product secret. Source: Alibaba dynamic registration. */
export function registrationContent(fields: {
  readonly productKey: string;
  readonly deviceName: string;
  readonly random: string;
}): string {
  return `deviceName${fields.deviceName}productKey${fields.productKey}random${fields.random}`;
}

/**
 * What a device signs with its own secret when it logs in.
 *
 * Shape: `clientId` is the part before the first `|`; `timestamp` takes part only when it was sent.
 * Source: Alibaba Cloud IoT, MQTT over TCP.
 */
export function loginContent(fields: {
  readonly clientId: string;
  readonly deviceName: string;
  readonly productKey: string;
  readonly timestamp?: string | undefined;
}): string {
  const { clientId, deviceName, productKey, timestamp } = fields;
  const tail = timestamp === undefined ? '' : `timestamp${timestamp}`;
  return `clientId${clientId}deviceName${deviceName}productKey${productKey}${tail}`;
}
