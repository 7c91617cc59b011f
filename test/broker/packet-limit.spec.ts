import fc from 'fast-check';
import { generate } from 'mqtt-packet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PacketMeter } from '../../src/broker/packet-limit.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { credentials, makeFleet, setTopic } from './devices.js';
import type { Fleet, TestDevice } from './devices.js';
import { closed, enter, nextMessage, subscribe } from './mqtt-device.js';
import { RawClient, accepted, connectPacket, pingAnswer, pingRequest } from './raw-client.js';

const mib = 1024 * 1024;
const limit = 256 * 1024;

/** The first bytes of a packet. Source: MQTT 3.1.1, 2.2.3. */
function header(remaining: number): Buffer {
  const bytes = [0x30];
  for (let left = remaining; ;) {
    const [low, rest] = [left % 128, Math.floor(left / 128)];
    bytes.push(rest > 0 ? low + 128 : low);
    if (rest === 0) return Buffer.from(bytes);
    left = rest;
  }
}

describe('the meter of packets', () => {
  const sizes = fc.array(fc.nat({ max: 400 }), { maxLength: 6 });
  const cuts = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 });

  function chunks(bytes: Buffer, lengths: readonly number[]): Buffer[] {
    const parts: Buffer[] = [];
    for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
      const length = lengths[turn % lengths.length] ?? 1;
      parts.push(bytes.subarray(at, at + length));
      at += length;
    }
    return parts;
  }

  it('takes every stream of packets within the limit, however it is cut', () => {
    fc.assert(
      fc.property(sizes, cuts, (lengths, cut) => {
        const packets = lengths.map((length) =>
          Buffer.concat([header(length), Buffer.alloc(length, 0xff)]),
        );
        const meter = new PacketMeter(403);
        expect(chunks(Buffer.concat(packets), cut).every((one) => meter.takes(one))).toBe(true);
      }),
    );
  });

  it('refuses the first packet beyond it by its header alone, however it is cut', () => {
    fc.assert(
      fc.property(
        sizes,
        cuts,
        fc.integer({ min: 401, max: 268_435_455 }),
        (lengths, cut, large) => {
          const packets = lengths.map((length) =>
            Buffer.concat([header(length), Buffer.alloc(length, 0xff)]),
          );
          const meter = new PacketMeter(403);
          const taken = chunks(Buffer.concat([...packets, header(large)]), cut).map((one) =>
            meter.takes(one),
          );
          expect(taken.indexOf(false)).toBe(taken.length - 1);
        },
      ),
    );
  });

  it('refuses a length that never ends', () => {
    expect(new PacketMeter(mib).takes(Buffer.from('30ffffffffff01', 'hex'))).toBe(false);
  });
});

describe('a device that is logged in', () => {
  let service: TestService;
  let fleet: Fleet;
  beforeAll(async () => {
    service = await startTestService();
    fleet = await makeFleet(service, { quantity: 10 });
    await setTopic(service, fleet.productKey, 'loop', 'ALL');
  });
  afterAll(async () => {
    await service.stop();
  });

  let next = 0;
  function fresh(): TestDevice & { readonly loop: string } {
    const device = fleet.devices[next];
    if (!device) throw new Error('the fleet is used up');
    next += 1;
    return { ...device, loop: `/${device.productKey}/${device.deviceName}/user/loop` };
  }

  async function rawLogin(device: TestDevice): Promise<RawClient> {
    const client = await RawClient.open(service.service.ports.mqttPort);
    client.send(connectPacket(credentials(device)));
    await client.bytes(4);
    return client;
  }

  it('and announces 200 MB is cut off before it can send them', async () => {
    const [device, other] = [fresh(), fresh()];
    const bystander = await rawLogin(other);
    const client = await rawLogin(device);
    client.send(header(200 * mib));
    expect(await client.closed()).toBe(accepted);
    bystander.send(pingRequest);
    expect(await bystander.bytes(6)).toBe(accepted + pingAnswer);
  });

  it('and sends 200 MB all the same gets rid of little of it', async () => {
    const client = await rawLogin(fresh());
    const chunk = Buffer.alloc(64 * 1024);
    client.send(header(200 * mib));
    let sentBytes = 0;
    while (!client.socket.destroyed && sentBytes < 200 * mib) {
      sentBytes += chunk.length;
      if (!client.socket.write(chunk)) {
        await new Promise<void>((resolve) => {
          client.socket.once('drain', resolve).once('close', resolve);
        });
      }
    }
    expect(await client.closed()).toBe(accepted);
    expect(sentBytes).toBeLessThan(20 * mib); // what the buffers of two sockets take
  });

  it.each(['mqtt', 'ws'] as const)('sends 256 KiB over %s, and not a byte more', async (way) => {
    const device = fresh();
    const { httpPort, mqttPort } = service.service.ports;
    const url = way === 'mqtt' ? `mqtt://127.0.0.1:${mqttPort}` : `ws://127.0.0.1:${httpPort}/mqtt`;
    const client = await enter(url, device);
    await subscribe(client, [device.loop]);
    const heard = nextMessage(client);
    await client.publishAsync(device.loop, Buffer.alloc(limit, 'x'), { qos: 1 });
    expect((await heard).length).toBe(`${device.loop} `.length + limit);
    const ended = closed(client);
    client.publish(device.loop, Buffer.alloc(limit + 1, 'x'), { qos: 1 }, () => undefined);
    await ended;
  });

  it('is not counted as one large packet for many small ones', async () => {
    const client = await rawLogin(fresh());
    const many = Buffer.concat(
      Array.from({ length: 400 }, () =>
        generate({
          cmd: 'publish',
          topic: '/x',
          payload: Buffer.alloc(1024),
          qos: 0,
          dup: false,
          retain: false,
        }),
      ),
    );
    client.send(many, pingRequest);
    expect(await client.bytes(6)).toBe(accepted + pingAnswer);
  });
});
