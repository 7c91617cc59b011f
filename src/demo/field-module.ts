import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import mqtt from 'mqtt';
import { loginContent, registrationContent, sign } from '../core/signing.js';
import { Secret } from '../core/secret.js';
import type { ServiceFile } from '../service-file.js';

/** A module in the field that carries its name and the product secret, nothing else. */
export interface FieldModule {
  readonly productKey: string;
  readonly deviceName: string;
  readonly productSecret: Secret;
}

/** What the device endpoint answers. Source: Alibaba dynamic registration over HTTPS. */
interface Envelope {
  readonly code: number;
  readonly message: string;
  readonly data?: { readonly deviceSecret: string };
}

/** Asks for the device secret over HTTPS. Shape: the code of the envelope, and the secret with 200. */
export async function registerOverHttps(
  module: FieldModule,
  urls: ServiceFile,
): Promise<{ readonly code: number; readonly secret?: Secret }> {
  const { productKey, deviceName } = module;
  const random = String(randomInt(1_000_000_000));
  const content = registrationContent({ productKey, deviceName, random });
  const form = new URLSearchParams({
    productKey,
    deviceName,
    random,
    sign: sign('hmacsha256', module.productSecret, content),
    signMethod: 'hmacsha256',
  });
  const text = await postForm(`${urls.https}/auth/register/device`, form.toString(), urls);
  const { code, data } = JSON.parse(text) as Envelope;
  return { code, ...(data && { secret: new Secret(data.deviceSecret) }) };
}

/** Asks for the device secret over MQTT; it arrives on a topic that was never subscribed. */
export async function registerOverMqtt(module: FieldModule, urls: ServiceFile): Promise<Secret> {
  const { productKey, deviceName } = module;
  const random = String(randomInt(1_000_000_000));
  const content = registrationContent({ productKey, deviceName, random });
  const client = mqtt.connect(urls.mqtts, {
    ...(await trust(urls)),
    clientId: `${deviceName}.${productKey}|securemode=2,authType=register,random=${random},signmethod=hmacsha256|`,
    username: `${deviceName}&${productKey}`,
    password: sign('hmacsha256', module.productSecret, content),
    reconnectPeriod: 0,
  });
  try {
    return await new Promise<Secret>((resolve, reject) => {
      client.on('error', reject).on('close', () => {
        reject(new Error('the front door closed without an answer'));
      });
      client.on('message', (topic, payload) => {
        if (topic !== '/ext/register') return;
        const answer = JSON.parse(payload.toString('utf8')) as { deviceSecret: string };
        resolve(new Secret(answer.deviceSecret));
      });
    });
  } finally {
    await client.endAsync(true);
  }
}

/** Logs in with a device secret and leaves again; true when the broker let it in. */
export async function logIn(
  module: FieldModule,
  secret: Secret,
  urls: ServiceFile,
): Promise<boolean> {
  const { productKey, deviceName } = module;
  const content = loginContent({ clientId: 'demo', deviceName, productKey });
  const client = mqtt.connect(urls.mqtts, {
    ...(await trust(urls)),
    clientId: 'demo|securemode=2,signmethod=hmacsha256|',
    username: `${deviceName}&${productKey}`,
    password: sign('hmacsha256', secret, content),
    reconnectPeriod: 0,
  });
  try {
    return await new Promise<boolean>((resolve) => {
      client.on('connect', () => {
        resolve(true);
      });
      client.on('error', () => {
        resolve(false);
      });
    });
  } finally {
    await client.endAsync(true);
  }
}

async function trust(urls: ServiceFile): Promise<{ ca?: string }> {
  return urls.ca === null ? {} : { ca: await readFile(urls.ca, 'utf8') };
}

async function postForm(url: string, body: string, urls: ServiceFile): Promise<string> {
  const headers = {
    'Content-Type': 'application/x-www-form-urlencoded',
    'Content-Length': Buffer.byteLength(body),
  };
  const options = { method: 'POST', headers, agent: false, ...(await trust(urls)) };
  return await new Promise((resolve, reject) => {
    const sent = request(url, options, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.on('end', () => {
        resolve(text);
      });
    });
    sent.on('error', reject).end(body);
  });
}
