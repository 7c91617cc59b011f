import { generate } from 'mqtt-packet';
import { Secret } from '../../src/core/secret.js';
import { loginContent, registrationContent, sign } from '../../src/core/signing.js';
import type { Exchange, Reader } from './exchange.js';
import { namesOf } from './names.js';
import type { Fleet, Triple } from './wave.js';

const accepted = generate({ cmd: 'connack', returnCode: 0, sessionPresent: false });
/** What stands for a secret in a message of the right length. */
const placeholder = '#'.repeat(32);
const tail = /^[0-9a-f]{32}"\}$/;
/** Units: s; nobody has to ping meanwhile. */
const keepalive = 1200;

/** Reads CONNACK 0 and the message with the secret after it. */
export const registrationReader: Reader = {
  isWhole: (answer, expected) => answer.length >= expected.length + placeholder.length + 2,
  givenIn: (answer, expected) => {
    const rest = answer.slice(expected.length);
    return answer.startsWith(expected) && tail.test(rest) ? rest.slice(0, 32) : undefined;
  },
};

/** Reads CONNACK 0 for the device whose name is expected. */
export const loginReader: Reader = {
  isWhole: (answer) => answer.length >= accepted.length,
  givenIn: (answer, deviceName) =>
    answer === accepted.toString('latin1') ? deviceName : undefined,
};

/** Writes the CONNECT of every registration. Source: C Link SDK 4.2, observed. */
export function mqttRegistrations(fleet: Fleet): Exchange[] {
  const secret = new Secret(fleet.productSecret);
  return namesOf(fleet).map((deviceName) => registration(fleet.productKey, deviceName, secret));
}

function registration(productKey: string, deviceName: string, secret: Secret): Exchange {
  const fields = { productKey, deviceName, random: '1359234095' };
  const params = `random=${fields.random},authType=register,securemode=2,signmethod=hmacsha256`;
  const clientId = `${deviceName}.${productKey}|${params}|`;
  const password = sign('hmacsha256', secret, registrationContent(fields));
  const payload = `{"productKey":"${productKey}","deviceName":"${deviceName}","deviceSecret":"${placeholder}"}`;
  const topic = '/ext/register';
  const message = generate({ cmd: 'publish', topic, payload, qos: 0, dup: false, retain: false });
  const answer = Buffer.concat([accepted, message]).toString('latin1');
  return {
    bytes: connect({ clientId, username: `${deviceName}&${productKey}`, password }),
    expected: answer.slice(0, answer.indexOf(placeholder)),
  };
}

/** Writes the CONNECT of every login. Source: C Link SDK 4.2, observed. */
export function logins(triples: readonly Triple[]): Exchange[] {
  return triples.map((triple) => ({ bytes: login(triple), expected: triple.deviceName }));
}

function login({ productKey, deviceName, deviceSecret }: Triple): Buffer {
  const id = `${productKey}.${deviceName}`;
  const timestamp = '2524608000000';
  const content = loginContent({ clientId: id, productKey, deviceName, timestamp });
  const params = `timestamp=${timestamp},_v=sdk-c-4.2.0,securemode=3,signmethod=hmacsha256`;
  return connect({
    clientId: `${id}|${params}|`,
    username: `${deviceName}&${productKey}`,
    password: sign('hmacsha256', new Secret(deviceSecret), content),
  });
}

function connect(who: {
  readonly clientId: string;
  readonly username: string;
  readonly password: string;
}): Buffer {
  const password = Buffer.from(who.password);
  return generate({ ...protocol, ...who, password });
}

const protocol = {
  cmd: 'connect',
  protocolId: 'MQTT',
  protocolVersion: 4,
  clean: true,
  keepalive,
} as const;
