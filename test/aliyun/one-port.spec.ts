import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { accepted } from '../broker/raw-client.js';
import { dialTls } from './dial.js';
import { makeKnownDevices } from './known-device.js';
import { c32, c42Connect } from './observed.js';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
  await makeKnownDevices(service, { mode: 'preregistered', allowPlaintext: true });
});
afterAll(async () => {
  await service.stop();
});

/** CONNACK, PUBLISH and nothing else. */
function expectRegistered(text: string): void {
  expect(Buffer.from(text.slice(0, 8), 'latin1').toString('hex')).toBe(`${accepted}3077000d`);
  expect(text.slice(8)).toMatch(/^\/ext\/register\{.*"deviceSecret":"[0-9a-f]{32}"\}$/);
}

describe('line 14: one TLS port, because C SDK 3 uses 443 for everything', () => {
  it('answers HTTPS and MQTT side by side, on connections that are open at the same time', async () => {
    const [first, second, third] = [
      await dialTls(service),
      await dialTls(service),
      await dialTls(service),
    ];
    third.send(c42Connect.slice(0, 20)); // the rest comes when the others are served
    first.socket.write(c32);
    expect(await first.text((text) => text.endsWith('}'))).toContain('"code":200');
    second.send(c42Connect);
    expectRegistered(await second.text((text) => text.endsWith('}')));
    third.send(c42Connect.slice(20));
    expectRegistered(await third.text((text) => text.endsWith('}')));
    first.socket.write(c32);
    await first.text((text) => text.split('"code":200').length === 3);
  });

  it('answers MQTT on the port for MQTT over TLS as well, but no HTTPS', async () => {
    const { mqttsPort: port } = service.service.ports;
    const mqtt = await dialTls(service, { port });
    mqtt.send(c42Connect);
    expectRegistered(await mqtt.text((text) => text.endsWith('}')));
    const http = await dialTls(service, { port });
    http.socket.write(c32);
    expect(await http.closed()).toBe('');
  });
});

describe('the registration of C SDK 4.2 over WebSocket', () => {
  it.each(['ws', 'wss'] as const)('is answered in two messages over %s', async (scheme) => {
    const { httpPort, tlsPort } = service.service.ports;
    const port = scheme === 'ws' ? httpPort : tlsPort;
    const ca = await readFile(service.service.urls.ca ?? '');
    const client = new WebSocket(`${scheme}://127.0.0.1:${port}/mqtt`, ['mqtt'], { ca });
    onTestFinished(() => {
      client.terminate();
    });
    const messages: string[] = [];
    const both = new Promise<void>((resolve) => {
      client.on('message', (data: Buffer) => {
        messages.push(data.toString('latin1'));
        if (messages.length === 2) resolve();
      });
    });
    await once(client, 'open');
    client.send(Buffer.from(c42Connect, 'hex'));
    await both;
    expect(Buffer.from(messages[0] ?? '', 'latin1').toString('hex')).toBe(accepted);
    expectRegistered(messages.join(''));
  });
});
