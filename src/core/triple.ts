import { randomText } from './random-text.js';
import { Secret } from './secret.js';

declare const brand: unique symbol;
type Brand<T, B extends string> = T & { readonly [brand]: B };

/** The key of a product. Shape: 11 alphanumerics when made here (`a1…`), 1-32 when given. */
export type ProductKey = Brand<string, 'ProductKey'>;
/** The name of a device, unique in its product. Shape: 4-32 of `[A-Za-z0-9_\-@.:]`. */
export type DeviceName = Brand<string, 'DeviceName'>;

/** A device identity as its module holds it. */
export interface Triple {
  readonly productKey: string;
  readonly deviceName: string;
  readonly deviceSecret: Secret;
}

/**
 * Shape: letters and digits, none of the words that system topics begin with.
 * Source: Alibaba samples show 11 alphanumerics; no formal rule is published.
 */
export const productKeyPattern = /^(?!(?:sys|ext|ota|shadow|broadcast)$)[A-Za-z0-9]{1,32}$/;
/** Source: Alibaba samples show 16 alphanumerics; SDK buffers hold 64. */
export const productSecretPattern = /^[A-Za-z0-9]{16,64}$/;
/** Source: Alibaba Cloud IoT, device name. */
export const deviceNamePattern = /^[A-Za-z0-9_\-@.:]{4,32}$/;

/** Bytes of randomness that `makeProductKey` and `makeProductSecret` take. */
export const productKeyRandomBytes = 64;
export const productSecretRandomBytes = 128;

const lower = 'abcdefghijklmnopqrstuvwxyz';
const digits = '0123456789';
const alphanumerics = lower + lower.toUpperCase() + digits;

/** Makes a product key `a1` + 9 alphanumerics from `productKeyRandomBytes` random bytes. */
export function makeProductKey(random: Uint8Array): ProductKey {
  return `a1${randomText(alphanumerics, 9, random)}` as ProductKey;
}

/** Makes a product secret of 16 alphanumerics from `productSecretRandomBytes` random bytes. */
export function makeProductSecret(random: Uint8Array): Secret {
  return new Secret(randomText(alphanumerics, 16, random));
}

/** Tells whether a text may be a device name. */
export function isDeviceName(text: string): text is DeviceName {
  return deviceNamePattern.test(text);
}
