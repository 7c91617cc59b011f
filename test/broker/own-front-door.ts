import { Socket } from 'node:net';
import { DeviceLoginService } from '../../src/broker/device-login.service.js';
import { EmbeddedBroker } from '../../src/broker/embedded-broker.js';
import { FrontDoor, frontDoorTiming } from '../../src/broker/front-door.js';
import type { FrontDoorTiming } from '../../src/broker/front-door.js';
import { LOGGER } from '../../src/platform/logger.js';
import type { Logger } from '../../src/platform/logger.js';
import { AliyunMqttRegistration } from '../../src/registration/protocols/aliyun-mqtt.js';
import type { TestService } from '../support/service.js';
import { openPort } from './open-port.js';

/** A front door with a clock of its own, before the parts of a running service. */
export interface OwnFrontDoor {
  readonly port: number;
  readonly door: FrontDoor;
  /** When and what the service wrote, per write. Units: ms. */
  readonly writes: readonly { readonly atMs: number; readonly hex: string }[];
}

/** Opens a front door on a free port; it goes when the test is over. */
export async function openFrontDoor(
  { service: { app } }: TestService,
  timing: Partial<FrontDoorTiming> = {},
): Promise<OwnFrontDoor> {
  const parts = {
    registration: app.get(AliyunMqttRegistration),
    logins: app.get(DeviceLoginService),
    broker: app.get(EmbeddedBroker),
    log: app.get<Logger>(LOGGER),
  };
  const door = new FrontDoor(parts, { ...frontDoorTiming, ...timing });
  const writes: { atMs: number; hex: string }[] = [];
  const port = await openPort((socket) => {
    record(socket, writes);
    door.accept(socket, { transport: 'tcp', remoteAddress: '127.0.0.1', isEncrypted: false });
  });
  return { port, door, writes };
}

/** Notes the writes of a socket at the place where they are made. */
function record(socket: Socket, writes: { atMs: number; hex: string }[]): void {
  const write = (chunk: Buffer): boolean => Socket.prototype.write.call(socket, chunk);
  socket.write = (chunk: Buffer | string): boolean => {
    const bytes = Buffer.from(chunk);
    writes.push({ atMs: performance.now(), hex: bytes.toString('hex') });
    return write(bytes);
  };
}
