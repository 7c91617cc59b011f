import { connectAsync } from 'mqtt';
import type { IClientOptions, MqttClient } from 'mqtt';
import { onTestFinished } from 'vitest';
import { credentials } from './devices.js';
import type { TestDevice } from './devices.js';

/** Logs a device in with MQTT.js; it leaves when the test is over. */
export async function enter(
  url: string,
  device: TestDevice,
  options: Partial<IClientOptions> = {},
): Promise<MqttClient> {
  const client = await connectAsync(url, {
    ...credentials(device),
    reconnectPeriod: 0,
    protocolVersion: 4,
    keepalive: 60,
    ...options,
  });
  client.on('error', () => undefined);
  onTestFinished(async () => {
    await client.endAsync(true);
  });
  return client;
}

/** Waits for the next message. Shape: `topic payload`. */
export async function nextMessage(client: MqttClient): Promise<string> {
  return await new Promise((resolve) => {
    client.once('message', (topic, payload) => {
      resolve(`${topic} ${payload.toString()}`);
    });
  });
}

/** Collects all messages from now on. Shape: `topic payload`. */
export function inbox(client: MqttClient): readonly string[] {
  const messages: string[] = [];
  client.on('message', (topic, payload) => {
    messages.push(`${topic} ${payload.toString()}`);
  });
  return messages;
}

/** Resolves when a client has lost its connection. */
export async function closed(client: MqttClient): Promise<void> {
  await new Promise<void>((resolve) => {
    client.once('close', resolve);
  });
}

/** Subscribes and answers the codes of the SUBACK. */
export async function subscribe(
  client: MqttClient,
  topics: readonly string[],
  qos: 0 | 1 = 1,
): Promise<number[]> {
  return await new Promise((resolve, reject) => {
    client.subscribe([...topics], { qos }, (error, granted, packet) => {
      // MQTT.js takes a refusal for an error; the packet says what was answered.
      if (packet) resolve(packet.granted as number[]);
      else reject(error ?? new Error(`no SUBACK: ${JSON.stringify(granted)}`));
    });
  });
}
