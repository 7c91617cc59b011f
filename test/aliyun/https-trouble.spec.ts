import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { giveBack, takeAway } from '../support/database.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { query } from '../broker/devices.js';
import { RawClient, connectPacket } from '../broker/raw-client.js';
import { dialTls } from './dial.js';
import { makeKnownDevices } from './known-device.js';
import { c32, c42, npm128 } from './observed.js';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
  await makeKnownDevices(service, { mode: 'preregistered', allowPlaintext: true });
});
afterAll(async () => {
  await giveBack(service.database);
  await service.stop();
});

async function exchange(request: string): Promise<string> {
  const client = await RawClient.open(service.service.ports.httpPort);
  client.socket.write(request, 'latin1');
  return await client.text((text) => text.endsWith('}'));
}

/** What every answer of the device endpoint looks like; an interim `100 Continue` is no answer. */
function envelope(code: number, message: string): RegExp {
  const body = `{"code":${code},"message":"${message}"}`;
  return new RegExp(
    '^(HTTP/1\\.1 100 Continue\r\n\r\n)?HTTP/1\\.1 200 OK\r\n' +
      '(?![^{]*(Transfer|Content)-Encoding)' +
      `[^{]*\r\nContent-Length: ${body.length}\r\n[^{]*\r\n\r\n${body}$`,
  );
}

const unreadable = envelope(460, 'request parameter error');
const line = 'POST /auth/register/device HTTP/1.1\r\n';
const form = `${line}Host: x\r\nContent-Type: application/x-www-form-urlencoded\r\n`;
const rest = 'Content-Length: 3\r\n\r\na=b';

describe('lines 1 and 4: a request that cannot be read is answered with status 200 and 460', () => {
  it.each([
    ['a length that is no number', `${form}Content-Length: abc\r\n\r\n`],
    ['a length below nothing', `${form}Content-Length: -5\r\n\r\n`],
    ['two lengths', `${form}Content-Length: 1\r\n${rest}`],
    ['a length beyond all numbers', `${form}Content-Length: ${'9'.repeat(30)}\r\n\r\n`],
    ['a length of a megabyte', `${form}Content-Length: 1000000\r\n\r\nproductKey=`],
    ['a length shorter than the body', `${form}Content-Length: 1\r\n\r\nproductKey=a1&sign=1`],
    ['a length and chunks', `${form}Transfer-Encoding: chunked\r\n${rest}`],
    ['chunks without a size', `${form}Transfer-Encoding: chunked\r\n\r\nzz\r\n`],
    ['no length and no body', `${form}\r\n`],
    ['headers of 20 KB', `${form}X: ${'x'.repeat(20_000)}\r\n${rest}`],
    ['a control character in a header', `${form}Bad\x01: x\r\n${rest}`],
    ['lines that end without CR', `${form}${rest}`.replaceAll('\r', '')],
    ['an expectation of nobody', `${form}Expect: gold\r\n${rest}`],
    ['the expectation of curl', `${form}Expect: 100-continue\r\n${rest}`],
    ['the offer of a WebSocket', `${form}Connection: upgrade\r\nUpgrade: websocket\r\n${rest}`],
    ['a compressed body', `${form}Content-Encoding: gzip\r\n${rest}`],
    ['broken percent-encoding', `${form}Content-Length: 18\r\n\r\nproductKey=%zz%f&%`],
    ['a type without subtype', `${line}Host: x\r\nContent-Type: form\r\n${rest}`],
    ['two types', `${form}Content-Type: text/plain\r\n${rest}`],
    ['no type', `${line}Host: x\r\n${rest}`],
    ['JSON', `${line}Host: x\r\nContent-Type: application/json\r\n${rest}`],
    ['parts', `${line}Host: x\r\nContent-Type: multipart/form-data; boundary=x\r\n${rest}`],
    ['a query', form.replace('device', 'device?a=%zz') + rest],
  ])('with %s', async (_, request) => {
    expect(await exchange(request)).toMatch(unreadable);
  });

  it('counts who sent it as a stranger', async () => {
    const count = async (): Promise<number> => {
      const sql = `SELECT coalesce(sum(count), 0)::integer AS n FROM stranger_refusal WHERE product_key = ''`;
      return (await query<{ n: number }>(service, sql))[0]?.n ?? 0;
    };
    const before = await count();
    await exchange(`${form}Content-Length: abc\r\n\r\n`);
    await expect.poll(count, { timeout: 10_000 }).toBeGreaterThan(before);
  });

  it('and other addresses are refused with a problem as before', async () => {
    const answer = await exchange('POST /api/v1/products HTTP/1.1\r\nContent-Length: abc\r\n\r\n');
    expect(answer).toMatch(
      /^HTTP\/1\.1 400 Bad Request\r\nContent-Type: application\/problem\+json/,
    );
    expect(answer).toContain('"instance":"/api/v1/products","code":"request.malformed"');
  });
});

describe('a request that is a little wrong is served', () => {
  it.each([
    ['without Host', c42.replace('Host: localhost\r\n', '')],
    ['of HTTP 1.0', c42.replace('HTTP/1.1', 'HTTP/1.0')],
    ['with a line end after the body', `${c32}\r\n`],
    ['with header names in lower case', c32.replace(/^[\w-]+:/gm, (name) => name.toLowerCase())],
    ['to an absolute address', c32.replace('POST ', 'POST https://iot-auth.example.com')],
    [
      'with an offer to upgrade',
      c32.replace('\r\n', '\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n'),
    ],
  ])('%s', async (_, request) => {
    expect(await exchange(request)).toMatch(/^HTTP\/1\.1 200 OK\r\n[^{]*{"code":200,"data":{/);
  });
});

describe('while the database is away', () => {
  it('a proven module is told 500 with status 200, or CONNACK 3; a stranger what he always is', async () => {
    await takeAway(service.database);
    const trouble = envelope(500, 'internal error');
    expect(await exchange(c42)).toMatch(trouble);
    const secure = await dialTls(service);
    secure.socket.write(npm128);
    expect(await secure.text((text) => text.endsWith('}'))).toMatch(trouble);
    const stranger = c42.replace('MODEM-0001', 'MODEM-0003');
    expect(await exchange(stranger)).toMatch(envelope(401, 'request auth error'));
    expect(await connack('41d5a9e4b780c304236286cdf584c230db694278b06d7b8be3fc27ba5088ef56')).toBe(
      '20020003',
    );
    expect(await connack('00')).toBe('20020004');
    await giveBack(service.database);
    await expect.poll(() => exchange(c42), { timeout: 10_000 }).toContain('"code":200');
  });

  async function connack(password: string): Promise<string> {
    const client = await RawClient.open(service.service.ports.mqttPort);
    const params = 'random=1359234095,authType=register,securemode=2,signmethod=hmacsha256';
    const clientId = `MODEM-0001.a1TESTpk001|${params}|`;
    client.send(connectPacket({ clientId, username: 'MODEM-0001&a1TESTpk001', password }));
    return await client.closed();
  }
});
