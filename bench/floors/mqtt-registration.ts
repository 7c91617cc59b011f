import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { generate, parser } from 'mqtt-packet';
import type { IConnectPacket } from 'mqtt-packet';
import { frontDoorTiming } from '../../src/broker/front-door.js';
import { serveParent } from '../child.js';

/**
 * The floor of MQTT registration: what one would write by hand without a house or a database.
 *
 * Bare `net` and `mqtt-packet`: the signature is checked, the secret derived, CONNACK, the same
 * delay as ours, the message. No time-outs, no limits, nothing is remembered. In a process of its
 * own, as the service is.
 */
export interface FloorSettings {
  readonly productKey: string;
  readonly productSecret: string;
}

/** What every connection needs; made once. */
interface Desk {
  readonly productKey: string;
  readonly productSecret: KeyObject;
  readonly orderKey: KeyObject;
}

const accepted = generate({ cmd: 'connack', returnCode: 0, sessionPresent: false });
const refused = generate({ cmd: 'connack', returnCode: 4, sessionPresent: false });

serveParent(async (message) => await listen(message as FloorSettings));

async function listen({ productKey, productSecret }: FloorSettings): Promise<number> {
  const desk: Desk = {
    productKey,
    productSecret: createSecretKey(productSecret, 'utf8'),
    orderKey: createSecretKey(Buffer.alloc(32, 1)),
  };
  const server = createServer({ noDelay: true }, (socket) => {
    welcome(desk, socket);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

function welcome(desk: Desk, socket: Socket): void {
  const reader = parser();
  reader.on('packet', (packet) => {
    if (packet.cmd === 'connect') register(desk, socket, packet);
  });
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    reader.parse(chunk);
  });
}

function register(desk: Desk, socket: Socket, connect: IConnectPacket): void {
  const [deviceName = '', productKey = ''] = connect.username?.split('&') ?? [];
  const random = /random=([^,|]*)/.exec(connect.clientId)?.[1] ?? '';
  const content = `deviceName${deviceName}productKey${productKey}random${random}`;
  const expected = createHmac('sha256', desk.productSecret).update(content).digest();
  const sent = Buffer.from(connect.password?.toString('latin1') ?? '', 'hex');
  const isSigned = sent.length === expected.length && timingSafeEqual(sent, expected);
  if (!isSigned || productKey !== desk.productKey) {
    socket.end(refused);
    return;
  }
  const deviceSecret = createHmac('sha256', desk.orderKey)
    .update(`${productKey}${deviceName}0`)
    .digest('hex')
    .slice(0, 32);
  const payload = `{"productKey":"${productKey}","deviceName":"${deviceName}","deviceSecret":"${deviceSecret}"}`;
  const topic = '/ext/register';
  const message = generate({ cmd: 'publish', topic, payload, qos: 0, dup: false, retain: false });
  socket.write(accepted);
  setTimeout(() => socket.write(message), frontDoorTiming.publishAfterMs);
}
