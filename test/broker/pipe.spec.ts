import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket, createWebSocketStream } from 'ws';
import { OutsideBroker } from '../../src/broker/outside-broker.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { credentials, makeFleet, query } from './devices.js';
import type { Fleet, TestDevice } from './devices.js';
import { askAsRabbit, rabbitLogin } from './hook-calls.js';
import { PlainBroker, take } from './plain-broker.js';
import { RawClient, accepted, connectPacket } from './raw-client.js';

let broker: PlainBroker;
let service: TestService;
let fleet: Fleet;
beforeAll(async () => {
  broker = await new PlainBroker().listen();
  service = await startTestService({ BROKER_URL: broker.url });
  fleet = await makeFleet(service, { quantity: 20 });
});
afterAll(async () => {
  await service.stop();
  await broker.close();
});

let next = 0;
let device: TestDevice;
let connect: Buffer;
beforeEach(() => {
  device = fleet.devices[next] ?? fleet.devices[0];
  next += 1;
  connect = connectPacket(credentials(device));
});

/** A connection of a device, and its other end at the broker, which has read the CONNECT. */
async function piped(
  packet = connect,
): Promise<{ readonly client: RawClient; readonly far: Socket }> {
  const client = await RawClient.open(service.service.ports.mqttPort);
  client.send(packet);
  const far = await broker.next();
  onTestFinished(() => {
    far.destroy();
  });
  expect(await take(far, packet.length)).toEqual(packet);
  return { client, far };
}

/** The same, let in by the broker. */
async function letIn(packet = connect): ReturnType<typeof piped> {
  const both = await piped(packet);
  both.far.write(Buffer.from(accepted, 'hex'));
  expect(await both.client.bytes(4)).toBe(accepted);
  return both;
}

function isKnown({ productKey, deviceName }: TestDevice): boolean {
  const all = service.service.app.get(OutsideBroker).connected();
  return all.some((one) => one.productKey === productKey && one.deviceName === deviceName);
}

async function closed(socket: Duplex): Promise<void> {
  socket.resume();
  if (!socket.closed) await once(socket, 'close');
}

/** Ways of a device to the front door, over which it speaks MQTT. */
const ways: Readonly<Record<string, (ca: Buffer) => Duplex>> = {
  tcp: () => connectTcp({ host: '127.0.0.1', port: service.service.ports.mqttPort }),
  tls: (ca) => connectTls({ host: '127.0.0.1', port: service.service.ports.tlsPort, ca }),
  mqtts: (ca) => connectTls({ host: '127.0.0.1', port: service.service.ports.mqttsPort, ca }),
  ws: () => overWebSocket(`ws://127.0.0.1:${service.service.ports.httpPort}/mqtt`),
  wss: (ca) => overWebSocket(`wss://127.0.0.1:${service.service.ports.tlsPort}/mqtt`, ca),
};

function overWebSocket(url: string, ca?: Buffer): Duplex {
  return createWebSocketStream(new WebSocket(url, 'mqtt', { ca }));
}

describe('a pipe', () => {
  it.each(Object.keys(ways))('over %s passes a megabyte unchanged, both ways', async (way) => {
    const ca = await readFile(service.service.urls.ca ?? '');
    const near = ways[way]?.(ca);
    if (!near) throw new Error('no such way');
    onTestFinished(() => {
      near.on('error', () => undefined).destroy();
    });
    const [up, down] = [randomBytes(1 << 20), randomBytes(1 << 20)];
    near.write(connect);
    for (let at = 0; at < up.length; at += 65_536) near.write(up.subarray(at, at + 65_536));
    const far = await broker.next();
    far.write(Buffer.concat([Buffer.from(accepted, 'hex'), down]));
    const [heardUp, heardDown] = await Promise.all([
      take(far, connect.length + up.length),
      gather(near, 4 + down.length),
    ]);
    expect(heardUp.equals(Buffer.concat([connect, up]))).toBe(true);
    expect(heardDown.subarray(4).equals(down)).toBe(true);
    far.destroy();
    await once(near, 'end');
  });

  it('waits for who does not read, both ways', async () => {
    const { client, far } = await letIn();
    far.pause();
    expect(await writtenUntilFull(client.socket)).toBeLessThan(64 << 20);
    far.resume();
    await once(client.socket, 'drain');
    client.socket.pause();
    expect(await writtenUntilFull(far)).toBeLessThan(64 << 20);
  });

  it('closes the other side when one closes, after what is on its way', async () => {
    const first = await letIn();
    first.far.end(Buffer.from('last'));
    expect(await first.client.closed()).toBe(accepted + Buffer.from('last').toString('hex'));
    const second = await letIn();
    second.client.socket.end(Buffer.from('e000', 'hex'));
    expect((await take(second.far, 2)).toString('hex')).toBe('e000');
    await closed(second.far);
    const third = await letIn();
    third.client.socket.resetAndDestroy();
    await closed(third.far);
  });

  it('leaves nothing behind of a login that is refused, in whatever pieces', async () => {
    const { client, far } = await piped();
    far.write(Buffer.from('2002', 'hex')); // the code is still to come
    expect(await client.bytes(2)).toBe('2002');
    far.end(Buffer.from('0004', 'hex'));
    expect(await client.closed()).toBe('20020004');
    await expect.poll(() => isKnown(device)).toBe(false);
  });

  it('lets the hook know from where a device comes', async () => {
    const socket = connectTcp({
      host: '127.0.0.1',
      port: service.service.ports.mqttPort,
      localAddress: '127.0.0.2',
    });
    const client = new RawClient(socket);
    client.send(connect);
    const far = await broker.next();
    await take(far, connect.length);
    expect((await askAsRabbit(service, 'user', rabbitLogin(device))).text).toBe('allow');
    far.write(Buffer.from(accepted, 'hex'));
    await client.bytes(4);
    const told = await query(
      service,
      `SELECT address FROM audit_event WHERE action = 'device.activated' AND device_name = $1`,
      [device.deviceName],
    );
    expect(told).toEqual([{ address: '127.0.0.2' }]);
    await expect.poll(() => online(device)).toEqual({ isOnline: true, address: '127.0.0.2' });
    client.socket.destroy();
    await expect.poll(() => online(device)).toMatchObject({ isOnline: false });
  });
});

async function online({ productKey, deviceName }: TestDevice): Promise<unknown> {
  const [row] = await query(
    service,
    `SELECT s.is_online AS "isOnline", s.address FROM device_presence s
       JOIN device d ON d.id = s.device_id JOIN product p ON p.id = d.product_id
     WHERE p.product_key = $1 AND d.name = $2`,
    [productKey, deviceName],
  );
  return row;
}

/** Reads that many bytes of a stream of any kind. */
async function gather(stream: Duplex, count: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
  });
  while (size < count) await once(stream, 'data');
  return Buffer.concat(chunks);
}

/** Writes until nobody takes any more. Units: bytes that were taken. */
async function writtenUntilFull(socket: Socket): Promise<number> {
  const chunk = Buffer.alloc(1 << 20);
  const limit = 64 << 20;
  let taken = 0;
  while (taken < limit) {
    if (socket.write(chunk)) continue;
    const isDrained = await Promise.race([
      once(socket, 'drain').then(() => true),
      new Promise<false>((resolve) => setTimeout(resolve, 500, false)),
    ]);
    if (!isDrained) return taken;
    taken += chunk.length;
  }
  return taken;
}

describe('the newer connection of a device', () => {
  it('ends the older one once the broker has let it in, whatever its client id', async () => {
    const older = await letIn();
    const packet = connectPacket(credentials(device, { id: 'another' }));
    const newer = await piped(packet);
    expect(older.client.socket.destroyed).toBe(false);
    newer.far.write(Buffer.from(accepted, 'hex'));
    await closed(older.far);
    expect(await older.client.closed()).toBe(accepted);
    newer.far.write(Buffer.from('d000', 'hex'));
    expect(await newer.client.bytes(6)).toBe(`${accepted}d000`);
  });

  it('leaves the older one alone when it is refused', async () => {
    const older = await letIn();
    const stranger = await piped(connectPacket({ ...credentials(device), password: '00' }));
    stranger.far.end(Buffer.from('20020005', 'hex'));
    expect(await stranger.client.closed()).toBe('20020005');
    older.far.write(Buffer.from('d000', 'hex'));
    expect(await older.client.bytes(6)).toBe(`${accepted}d000`);
  });
});

describe('MQTT 5', () => {
  it('goes through, and reason code 0 makes the device known', async () => {
    const packet = connectPacket({ ...credentials(device), protocolVersion: 5 });
    const older = await piped(packet);
    // An exchange of AUTH first, byte by byte; then CONNACK with properties.
    const answer = 'f00218002006000003210014';
    for (const byte of Buffer.from(answer, 'hex')) {
      older.far.write(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    expect(await older.client.bytes(12)).toBe(answer);
    const newer = await piped(packet);
    newer.far.write(Buffer.from('2003000000', 'hex'));
    expect(await older.client.closed()).toBe(answer);
  });

  it('with reason code 0x87 makes nobody known', async () => {
    const { client, far } = await piped(
      connectPacket({ ...credentials(device), protocolVersion: 5 }),
    );
    far.end(Buffer.from('2003008700', 'hex'));
    expect(await client.closed()).toBe('2003008700');
    await expect.poll(() => isKnown(device)).toBe(false);
  });
});

describe('a broker', () => {
  it('that answers something else than CONNACK is cut off', async () => {
    const { client, far } = await piped();
    far.write('HTTP/1.1 400 Bad Request\r\n\r\n');
    await client.closed();
    await closed(far);
  });

  it('that is away makes devices come back, and is told of once', async () => {
    const told = (event: string) => service.log().split(`"${event}"`).length - 1;
    const before = told('broker.away');
    await broker.close();
    for (let round = 0; round < 3; round += 1) {
      const client = await RawClient.open(service.service.ports.mqttPort);
      client.send(connect);
      expect(await client.closed()).toBe('20020003');
    }
    const modern = await RawClient.open(service.service.ports.mqttPort);
    modern.send(connectPacket({ ...credentials(device), protocolVersion: 5 }));
    expect(await modern.closed()).toBe('2003008800');
    expect(told('broker.away')).toBe(before + 1);
    await broker.listen();
    await letIn();
    expect(told('broker.back')).toBe(before + 1);
  });

  it('that is away when the service starts holds nothing up', async () => {
    const elsewhere = await new PlainBroker().listen();
    await elsewhere.close();
    const started = await startTestService({ BROKER_URL: elsewhere.url });
    try {
      const client = await RawClient.open(started.service.ports.mqttPort);
      client.send(connect);
      expect(await client.closed()).toBe('20020003');
    } finally {
      await started.stop();
    }
  });
});

describe('a message down', () => {
  const publish = async (own: TestService) => {
    const { productKey, deviceName } = device;
    const topic = `/${productKey}/${deviceName}/user/get`;
    const path = `/api/v1/devices/${productKey}/${deviceName}/publish`;
    return await own.call('POST', path, { topic, payload: 'x', qos: 1 });
  };

  it('needs an account of the service at the broker', async () => {
    await letIn();
    expect(await publish(service)).toMatchObject({
      status: 409,
      body: { code: 'broker.no_account' },
    });
  });

  it('is refused while the broker does not let the service in, and shows no password', async () => {
    const password = 'a-password-nobody-may-see';
    const strict = await new PlainBroker().listen();
    const own = await startTestService({
      BROKER_URL: strict.url.replace('//', `//site:${password}@`),
      DATABASE_URL: service.database.url.expose(),
      MASTER_KEY_FILE: join(service.dataDir, 'master.key'),
    });
    try {
      const client = await RawClient.open(own.service.ports.mqttPort);
      client.send(connect);
      (await strict.next()).write(Buffer.from(accepted, 'hex'));
      await client.bytes(4);
      for (let round = 0; round < 2; round += 1) {
        const answer = publish(own);
        (await strict.next()).destroy();
        expect(await answer).toMatchObject({ status: 503, body: { code: 'broker.away' } });
      }
      expect(own.log()).toContain('broker.away');
      expect(own.log()).not.toContain(password);
    } finally {
      await own.stop();
      await strict.close();
    }
  });
});

describe('an address that tries too often', () => {
  it('is told to come back, and the broker does not hear of it', async () => {
    const strict = await new PlainBroker().listen();
    const own = await startTestService({ BROKER_URL: strict.url, ADDRESS_LIMIT: '1' });
    try {
      const answers: string[] = [];
      for (let round = 0; round < 12; round += 1) {
        const client = await RawClient.open(own.service.ports.mqttPort);
        client.send(connect);
        void strict.next().then((far) => far.end(Buffer.from('20020005', 'hex')));
        answers.push(await client.closed());
      }
      expect(answers.slice(0, 10)).toEqual(Array<string>(10).fill('20020005'));
      expect(answers).toContain('20020003');
    } finally {
      await own.stop();
      await strict.close();
    }
  });
});

describe('a service that stops', () => {
  it('ends what it has piped, on both sides', async () => {
    const own = await startTestService({ BROKER_URL: broker.url });
    const client = await RawClient.open(own.service.ports.mqttPort);
    client.send(connect);
    const far = await broker.next();
    await own.stop();
    expect(await client.closed()).toBe('');
    await closed(far);
  });
});
