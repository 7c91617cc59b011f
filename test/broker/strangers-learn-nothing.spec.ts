import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DeviceLoginService } from '../../src/broker/device-login.service.js';
import { Signals } from '../../src/platform/signals/signals.js';
import { AliyunMqttRegistration } from '../../src/registration/protocols/aliyun-mqtt.js';
import { makeOrder, makeProduct } from '../support/orders.js';
import { registrationConnect, registrationForm } from '../support/registering.js';
import type { Registrant } from '../support/registering.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { compare, timeRounds } from '../support/timing.js';
import { credentials, query } from './devices.js';
import type { TestDevice } from './devices.js';
import { HttpsAsker, MqttAsker } from './askers.js';
import type { Asker } from './askers.js';
import { connectPacket } from './raw-client.js';

/** Units: rounds; every kind is asked once a round. A handshake takes long, a call nearly nothing. */
const rounds = { https: 300, tcp: 300, tls: 60, call: 2000 } as const;
type Place = Exclude<keyof typeof rounds, 'call'>;
/** Units: ms. What differs by less tells nothing through a network, nor through many samples. */
const leastMs = { https: 0.03, tcp: 0.03, tls: 0.03, call: 0.003 } as const;

let service: TestService;
let askers: Readonly<Record<Place, Asker>>;
let strangers: Readonly<Record<string, Registrant>>;
let logins: Readonly<Record<string, TestDevice>>;

beforeAll(async () => {
  service = await startTestService({ ADDRESS_LIMIT: '1000000', LOG_LEVEL: 'warn' });
  askers = {
    https: await HttpsAsker.open(service),
    tls: await MqttAsker.open(service, 'tls'),
    tcp: await MqttAsker.open(service, 'tcp'),
  };
  const product = async (registration: object) =>
    (await makeProduct(service, { mode: 'preregistered', ...registration })).productKey;
  const usual = await product({});
  await makeOrder(service, usual, { quantity: 4 });
  await putIntoStates(usual);
  const rotating = await product({});
  await service.call('POST', `/api/v1/products/${rotating}/secret/rotate`);
  const stranger = (productKey: string, number = 1): Registrant & TestDevice => {
    const deviceName = `unit_${String(number).padStart(6, '0')}`;
    return { productKey, deviceName, productSecret: 'wrong', deviceSecret: 'f'.repeat(32) };
  };
  const devices = {
    'an unknown product': stranger('a1nowhere00'),
    'a free device': stranger(usual, 1),
    'an active device': stranger(usual, 2),
    'a disabled device': stranger(usual, 3),
    'a void device': stranger(usual, 4),
    'an unknown device': stranger(usual, 5),
  };
  logins = devices;
  strangers = {
    ...devices,
    'a product that is off': stranger(await product({ mode: 'off' })),
    'a product on plain text': stranger(await product({ allowPlaintext: true })),
    'a product outside its window': stranger(await product({ closesAt: '2020-01-01T00:00:00Z' })),
    'a product with two secrets': stranger(rotating),
  };
}, 60_000);
afterAll(async () => {
  for (const asker of Object.values(askers)) asker.close();
  await service.stop();
});

/** The first device stays free. */
async function putIntoStates(productKey: string): Promise<void> {
  const changes = [
    `state = 'issued', activated_at = now()`,
    'disabled_at = now()',
    `state = 'void'`,
  ];
  for (const [index, change] of changes.entries()) {
    await query(
      service,
      `UPDATE device d SET ${change} FROM product p
       WHERE p.id = d.product_id AND p.product_key = $1 AND d.name = $2`,
      [productKey, `unit_00000${index + 2}`],
    );
  }
}

/** Asserts that kinds cannot be told apart by their times; a doubt is measured once more. */
async function expectAlike(
  place: keyof typeof rounds,
  kinds: Readonly<Record<string, () => Promise<number>>>,
): Promise<void> {
  const measure = async () => compare(await timeRounds(kinds, rounds[place]));
  const boundOf = (noise: number) => Math.max(1.5 * noise, leastMs[place]);
  const first = await measure();
  const isAlike = first.difference <= boundOf(first.noise);
  const { difference, noise, medians } = isAlike ? first : await measure();
  expect(difference, JSON.stringify({ medians, noise })).toBeLessThanOrEqual(boundOf(noise));
}

/** Times a call. */
async function timed(call: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await call();
  return performance.now() - startedAt;
}

/** Asks for each kind and answers the answers, to be one. */
async function expectOneAnswer(asker: Asker, requests: readonly Buffer[]): Promise<string> {
  const answers = new Set<string>();
  for (const request of requests) answers.add((await asker.ask(request)).answer);
  expect(answers.size, [...answers].join('\n')).toBe(1);
  return [...answers].join();
}

function mapped<T>(
  of: Readonly<Record<string, T>>,
  take: (one: T) => Promise<number>,
): Readonly<Record<string, () => Promise<number>>> {
  return Object.fromEntries(Object.entries(of).map(([kind, one]) => [kind, () => take(one)]));
}

describe('a registration without the secret of the product', () => {
  const requestOf = (place: Place, one: Registrant): Buffer =>
    place === 'https'
      ? HttpsAsker.post(registrationForm(one))
      : connectPacket(registrationConnect(one));

  it.each([
    ['https', '{"code":401,"message":"request auth error"}'],
    ['tls', '20020004'],
    ['tcp', '20020004'],
  ] as const)('gets the same bytes, after the same time, over %s', async (place, answer) => {
    const requests = Object.values(strangers).map((one) => requestOf(place, one));
    expect(await expectOneAnswer(askers[place], requests)).toContain(answer);
    await expectAlike(
      place,
      mapped(strangers, async (one) => (await askers[place].ask(requestOf(place, one))).ms),
    );
  });
});

describe('the work for a stranger', () => {
  it('is the same for every registration', async () => {
    const registration = service.service.app.get(AliyunMqttRegistration);
    const context = { remoteAddress: '192.0.2.1', isEncrypted: true };
    await expectAlike(
      'call',
      mapped(strangers, (one) =>
        timed(() => registration.answer(registrationConnect(one), context)),
      ),
    );
  });

  it('is the same for every login', async () => {
    const login = service.service.app.get(DeviceLoginService);
    await expectAlike(
      'call',
      mapped(logins, (one) => timed(() => login.logIn(credentials(one), '192.0.2.1'))),
    );
  });
});

describe('a login without the secret of the device', () => {
  it.each(['tls', 'tcp'] as const)(
    'gets the same bytes, after the same time, over %s',
    async (place) => {
      const asker = askers[place];
      const requests = Object.values(logins).map((one) => connectPacket(credentials(one)));
      expect(await expectOneAnswer(asker, requests)).toBe('20020004');
      await expectAlike(
        place,
        mapped(logins, async (one) => (await asker.ask(connectPacket(credentials(one)))).ms),
      );
    },
  );

  it('takes the same time when nothing of it is remembered', async () => {
    const signals = service.service.app.get(Signals);
    await expectAlike(
      'tcp',
      mapped(logins, async (one) => {
        await signals.tellHere('forget', 'anything');
        return (await askers.tcp.ask(connectPacket(credentials(one)))).ms;
      }),
    );
  });
});
