import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded-broker.js';
import { Listeners } from '../../src/platform/listeners/listeners.js';
import { registrationConnect } from '../support/registering.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { credentials, makeFleet } from './devices.js';
import type { Fleet, TestDevice } from './devices.js';
import { cuts, edited, edits, inPieces, noise, sendTcp, sendWs, strayPacket } from './hostile.js';
import { RawClient, accepted, connectPacket, pingAnswer, pingRequest } from './raw-client.js';

let service: TestService;
let fleet: Fleet;
let url: string;
beforeAll(async () => {
  service = await startTestService();
  fleet = await makeFleet(service, { quantity: 120 });
  // Connections that the preparation left open.
  service.service.app.getHttpServer().closeIdleConnections();
  url = `ws://127.0.0.1:${service.service.ports.httpPort}/mqtt`;
});
afterAll(async () => {
  await service.stop();
});

/**
 * Runs attacks beside a device that keeps talking, and sees that nothing stays behind.
 *
 * Shape: the device is answered after every attack on the connection that it had before; in the
 * end its socket is the only one, and the log has no error.
 */
async function besideOthers<T>(
  arbitrary: fc.Arbitrary<T>,
  numRuns: number,
  attack: (input: T) => Promise<void>,
): Promise<void> {
  const listeners = service.service.app.get(Listeners);
  const alone = async (count: number): Promise<void> => {
    await vi.waitFor(
      () => {
        expect(listeners.openConnections).toBe(count);
      },
      { timeout: 10_000, interval: 10 },
    );
  };
  await alone(0);
  const device = await RawClient.open(service.service.ports.mqttPort);
  device.send(connectPacket({ ...credentials(fleet.devices[0]), keepalive: 600 }));
  await device.bytes(4);
  let expected = accepted;
  const property = fc.asyncProperty(arbitrary, async (input) => {
    await attack(input);
    device.send(pingRequest);
    expected += pingAnswer;
    expect(await device.bytes(expected.length / 2)).toBe(expected);
  });
  await fc.assert(property, { numRuns });
  await alone(1);
  const [connected] = service.service.app.get(EmbeddedBroker).connected();
  expect(connected?.deviceName).toBe(fleet.devices[0].deviceName);
  device.socket.destroy();
  await alone(0);
  expect(service.log()).not.toMatch(/"level":[56]0/);
}

let next = 1;

/** A device that has not logged in; another each time: one that registers too often is refused. */
function registrant(): TestDevice {
  next = next < fleet.devices.length - 1 ? next + 1 : 2;
  return fleet.devices[next] ?? fleet.devices[0];
}

interface Change {
  readonly protocolVersion?: 3 | 4 | 5;
  readonly clientId?: string;
}

function registration(change: Change = {}, device = registrant()): Buffer {
  const wish = registrationConnect({ ...device, productSecret: fleet.productSecret });
  return connectPacket({ ...wish, ...change });
}

const login = (): Buffer => connectPacket(credentials(fleet.devices[1] ?? fleet.devices[0]));
const port = (): number => service.service.ports.mqttPort;
const secretWord = Buffer.from('deviceSecret').toString('hex');

describe('whatever a connection sends, it harms nobody and leaves nothing behind:', () => {
  it('bytes of no plan', async () => {
    await besideOthers(fc.tuple(noise, cuts), 80, async ([bytes, sizes]) => {
      expect(await sendTcp(port(), inPieces(bytes, sizes))).not.toContain(secretWord);
    });
  });

  it('a registration or a login with some bytes changed', async () => {
    const version = fc.option(fc.constantFrom(3, 4, 5), { nil: 'login' as const });
    const packet = version.map((protocolVersion) =>
      protocolVersion === 'login' ? login() : registration({ protocolVersion }),
    );
    await besideOthers(fc.tuple(packet, edits, cuts), 80, async ([bytes, changes, sizes]) => {
      await sendTcp(port(), inPieces(edited(bytes, changes), sizes));
    });
  });

  it('a registration that breaks off, at every byte', async () => {
    const whole = registration();
    await besideOthers(fc.constant(whole), 1, async () => {
      const lengths = Array.from({ length: whole.length }, (_, length) => length);
      const answers = await Promise.all(
        lengths.map((length) => sendTcp(port(), [whole.subarray(0, length)])),
      );
      expect(new Set(answers)).toEqual(new Set(['']));
    });
  });

  it('packets out of place, before and after the CONNECT, and a second CONNECT', async () => {
    const connect = fc.constantFrom(0, 1, 2).map((kind) => {
      return kind === 0 ? login() : registration({ protocolVersion: kind === 1 ? 4 : 5 });
    });
    const packets = fc.array(fc.oneof(strayPacket, { arbitrary: connect, weight: 2 }), {
      maxLength: 6,
    });
    await besideOthers(fc.tuple(connect, packets, cuts), 80, async ([first, others, sizes]) => {
      const before = await sendTcp(port(), inPieces(Buffer.concat([...others, first]), sizes));
      if (others[0] && others[0][0] !== 0x10) expect(before).toBe('');
      await sendTcp(port(), inPieces(Buffer.concat([first, ...others]), sizes));
    });
  });

  it('a client id of up to 64 KB', async () => {
    await besideOthers(fc.integer({ min: 65, max: 65_000 }), 30, async (length) => {
      const { clientId, ...names } = credentials(fleet.devices[1] ?? fleet.devices[0]);
      const long = connectPacket({ ...names, clientId: 'x'.repeat(length) + clientId });
      // 2 for an id of more than 64 characters; more than a first packet may hold is not read.
      expect(await sendTcp(port(), [long], () => false)).toBe(long.length > 8192 ? '' : '20020002');
    });
  });

  it('pieces of frames over WebSocket', async () => {
    const bytes = fc.oneof(
      noise,
      edits.map((changes) => edited(registration(), changes)),
    );
    const frames = fc.integer({ min: 1, max: 4 });
    await besideOthers(fc.tuple(bytes, cuts, frames), 40, async ([sent, sizes, perFrame]) => {
      await sendWs(url, inPieces(sent, sizes), perFrame);
    });
  });
});

it('who is refused and does not hang up is cut off', async () => {
  const { clientId, username } = credentials(fleet.devices[1] ?? fleet.devices[0]);
  const refused = [
    connectPacket({ clientId, username, password: 'ff' }),
    connectPacket({ clientId: 'x|authType=register|', username, password: 'ff' }),
    connectPacket({ clientId, username, protocolVersion: 5 }),
    Buffer.from('100c00044d5154540602003c0000', 'hex'), // MQTT 6
    Buffer.from('3003000161', 'hex'),
  ];
  await besideOthers(fc.constant(refused), 1, async (packets) => {
    const sockets = packets.map((packet) => {
      const place = { host: '127.0.0.1', port: port(), allowHalfOpen: true };
      const socket = connect(place).on('error', () => undefined);
      onTestFinished(() => {
        socket.destroy();
      });
      socket.write(packet);
      return socket.resume();
    });
    await Promise.all(sockets.map((socket) => once(socket, 'end')));
  });
});

describe('a registration that is right', () => {
  it('gets the same answer in whatever pieces it comes, over TCP and WebSocket', async () => {
    const version = fc.constantFrom(3, 4, 5);
    const frames = fc.integer({ min: 1, max: 4 });
    const way = fc.tuple(version, cuts, frames);
    await besideOthers(way, 25, async ([protocolVersion, sizes, perFrame]) => {
      const device = registrant();
      const pieces = inPieces(registration({ protocolVersion }, device), sizes);
      const connack = protocolVersion === 5 ? '2003000000' : accepted;
      const end = Buffer.from(`"deviceSecret":"${device.deviceSecret}"}`).toString('hex');
      const isWhole = (hex: string): boolean => hex.endsWith(end);
      const [tcp, ws] = await Promise.all([
        sendTcp(port(), pieces, isWhole),
        sendWs(url, pieces, perFrame, isWhole),
      ]);
      expect(tcp).toMatch(new RegExp(`^${connack}30.*${end}$`));
      expect(ws).toBe(tcp);
    });
  });

  it('is granted by the first of each parameter, wherever it stands and with any space', async () => {
    const { clientId } = registrationConnect({ ...fleet.devices[0], productSecret: '' });
    const right = clientId.slice(clientId.indexOf('|') + 1, -1).split(',');
    const names = right.map((pair) => pair.split('=', 1)[0] ?? '');
    const space = fc.constantFrom('', ' ', '\n        ', '\r\n\t', '\n');
    const other = fc.constantFrom('', 'x', '\0', 'hmacmd5', '=', 'connwl');
    const written = fc.record({
      order: fc.shuffledSubarray(right, { minLength: right.length }),
      repeated: fc.array(fc.tuple(fc.constantFrom(...names, '\0', ''), other)),
      before: space,
      after: space,
      isFirst: fc.boolean(),
    });
    await besideOthers(written, 40, async ({ order, repeated, before, after, isFirst }) => {
      const more = repeated.map((pair) => pair.join('='));
      const given = isFirst ? [...more, ...order] : [...order, ...more];
      const params = given.map((pair) => before + pair.replace('=', `${after}=${before}`) + after);
      const packet = registration({ clientId: `x|${params.join()}|` });
      const answer = await sendTcp(port(), [packet], (hex) => hex.length >= accepted.length);
      const isChanged = isFirst && repeated.some(([name]) => names.includes(name));
      if (isChanged) expect(answer).toMatch(/^2002000[024]$/);
      else expect(answer).toBe(accepted);
    });
  });
});
