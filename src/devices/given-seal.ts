import { deriveGivenSecretKey } from '../core/key-derivation.js';
import { Secret } from '../core/secret.js';
import { openWith, sealWith } from '../platform/keys/seal.js';

/** A device by its names. */
export interface DeviceNames {
  readonly productKey: string;
  readonly deviceName: string;
}

/** The name that a value carries which is sealed under the key of the order of its row. */
const kid = 'order';

/**
 * Answers what seals the given secrets of an order.
 *
 * Shape: as `sealWith`, bound to product and device, so that a value opens for no other device.
 */
export function sealGiven(orderKey: Buffer): (device: DeviceNames, secret: Secret) => Buffer {
  const key = { kid, bytes: deriveGivenSecretKey(orderKey) };
  return (device, secret) => sealWith(key, Buffer.from(secret.expose(), 'utf8'), contextOf(device));
}

/** Opens the given secret of a device. Errors: `keys.seal_broken`. */
export function openGiven(orderKey: Buffer, device: DeviceNames, sealed: Buffer): Secret {
  const key = { kid, bytes: deriveGivenSecretKey(orderKey) };
  return new Secret(openWith(key, sealed, contextOf(device)).toString('utf8'));
}

/** Neither charset has a `/`, so two devices never share a context. */
function contextOf({ productKey, deviceName }: DeviceNames): string {
  return `given-secret/${productKey}/${deviceName}`;
}
