import { isDeviceName } from '../../core/triple.js';
import type { LoggedInDevice } from '../device-login.service.js';

/**
 * Reads a routing key of RabbitMQ as the MQTT topic that a device means by it.
 *
 * Shape: `.` is `/` and `*` is `+`, but in the names of the device, which are put back as they are:
 * RabbitMQ leaves the dots of a device name alone, so `.a1.my.unit.user.get` can be the topic
 * `/a1/my.unit/user/get`.
 * Source: RabbitMQ 3.10.8, rabbit_mqtt_util, observed on the wire.
 */
export function topicOf(routingKey: string, { productKey, deviceName }: LoggedInDevice): string {
  const own = `.${productKey}.${deviceName}`;
  const at = `${routingKey}.`.indexOf(`${own}.`);
  if (at < 0) return withSlashes(routingKey);
  const after = routingKey.slice(at + own.length);
  return `${withSlashes(routingKey.slice(0, at))}/${productKey}/${deviceName}${withSlashes(after)}`;
}

/**
 * The other devices whose routing keys may look like those of a device with a dot in its name.
 *
 * Shape: every name that it begins with, up to a dot: `my.unit` may be read as a topic of `my`.
 */
export function shorterNames({ productKey, deviceName }: LoggedInDevice): LoggedInDevice[] {
  const parts = deviceName.split('.');
  return parts
    .map((_, count) => parts.slice(0, count).join('.'))
    .filter(isDeviceName)
    .map((shorter) => ({ productKey, deviceName: shorter }));
}

function withSlashes(routingKey: string): string {
  return routingKey.replaceAll('.', '/').replaceAll('*', '+');
}
