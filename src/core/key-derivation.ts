import { createHmac } from 'node:crypto';
import { Secret } from './secret.js';

/** Size of an order key. Units: bytes. */
export const orderKeyBytes = 32;

const deviceSecretLabel = 'device-secret/v1';
const deviceTokenLabel = 'device-token/v1';
const givenSecretLabel = 'given-secret-key/v1';

/**
 * Derives the secret of a device from the key of its order.
 *
 * Shape: 32 lower-case hex digits, the first 16 bytes of
 * HMAC-SHA256(orderKey, label ‖ productKey ‖ deviceName ‖ generation), every text with its length.
 * Source: key diversification in the manner of NIST SP 800-108, section 4.1 (counter-free, one block).
 */
export function deriveDeviceSecret(
  orderKey: Buffer,
  device: {
    readonly productKey: string;
    readonly deviceName: string;
    readonly generation: number;
  },
): Secret {
  const { productKey, deviceName, generation } = device;
  const message = lengthPrefixed(productKey) + lengthPrefixed(deviceName) + uint32(generation);
  return derive(orderKey, deviceSecretLabel + message);
}

/**
 * Derives the token of a unit that registered without pre-registration.
 *
 * Shape: 32 lower-case hex digits, made like a device secret from productKey, deviceName and the
 * client id that the unit got with it. C Link SDK 4.x holds at most 63.
 */
export function deriveDeviceToken(
  orderKey: Buffer,
  unit: {
    readonly productKey: string;
    readonly deviceName: string;
    readonly clientId: string;
  },
): Secret {
  const texts = [unit.productKey, unit.deviceName, unit.clientId];
  return derive(orderKey, deviceTokenLabel + texts.map(lengthPrefixed).join(''));
}

/**
 * Derives the key that seals the given secrets of an import, so that one key does one thing.
 *
 * Units: 32 bytes.
 */
export function deriveGivenSecretKey(orderKey: Buffer): Buffer {
  return createHmac('sha256', orderKey).update(givenSecretLabel, 'utf8').digest();
}

/**
 * Shape: `message` has one character a byte (`latin1`): for a million secrets that takes far less time
 * than a buffer for each text.
 */
function derive(orderKey: Buffer, message: string): Secret {
  const digest = createHmac('sha256', orderKey).update(message, 'latin1').digest('hex');
  return new Secret(digest.slice(0, 32));
}

function lengthPrefixed(text: string): string {
  const isAscii = Buffer.byteLength(text) === text.length;
  const bytes = isAscii ? text : Buffer.from(text, 'utf8').toString('latin1');
  return String.fromCharCode(bytes.length >>> 8, bytes.length & 0xff) + bytes;
}

function uint32(value: number): string {
  if (value >>> 0 !== value) throw new RangeError('Not a whole number of 32 bits.');
  return String.fromCharCode(
    value >>> 24,
    (value >>> 16) & 0xff,
    (value >>> 8) & 0xff,
    value & 0xff,
  );
}
