import { exportTriples, makeOrder } from '../support/orders.js';
import type { TestService } from '../support/service.js';
import { query } from '../broker/devices.js';
import type { TestDevice } from '../broker/devices.js';

/** The product for which the requests of the SDKs were observed. */
export const productKey = 'a1TESTpk001';
export const productSecret = 'Ps3cr3tForTests1';
/** The device that the requests of the SDKs are for. */
export const deviceName = 'MODEM-0001';
/** A device with every kind of character that a name may have. */
export const oddName = 'AA:BB@c.d_e-f';

/**
 * Makes the product and the devices of the observed requests, so that their signatures hold.
 *
 * Shape: `MODEM-0001`, and the odd name.
 */
export async function makeKnownDevices(
  service: TestService,
  registration: object = { mode: 'preregistered' },
): Promise<readonly [TestDevice, TestDevice]> {
  const product = { name: 'observed', productKey, productSecret, registration };
  const { status, text } = await service.call('POST', '/api/v1/products', product);
  if (status !== 201) throw new Error(text);
  const naming = { kind: 'sequence', prefix: 'MODEM-', width: 4 };
  const { orderId } = await makeOrder(service, productKey, { quantity: 2, naming });
  // No running number makes this name.
  await query(service, `UPDATE device SET name = $1 WHERE name = 'MODEM-0002'`, [oddName]);
  const secrets = await exportTriples(service, orderId);
  const device = (name: string): TestDevice => {
    const deviceSecret = secrets.get(name);
    if (deviceSecret === undefined) throw new Error(`no device ${name}`);
    return { productKey, deviceName: name, deviceSecret };
  };
  return [device(deviceName), device(oddName)];
}
