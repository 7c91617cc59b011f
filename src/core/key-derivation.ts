import { createHmac } from 'node:crypto';
import { Secret } from './secret.js';

/** Size of an order key. Units: bytes. */
export const orderKeyBytes = 32;

const deviceSecretLabel = Buffer.from('device-secret/v1', 'utf8');

function lengthPrefixed(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

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
  const generation = Buffer.alloc(4);
  generation.writeUInt32BE(device.generation);
  const mac = createHmac('sha256', orderKey)
    .update(deviceSecretLabel)
    .update(lengthPrefixed(device.productKey))
    .update(lengthPrefixed(device.deviceName))
    .update(generation)
    .digest();
  return new Secret(mac.toString('hex', 0, 16));
}
