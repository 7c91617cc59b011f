import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import type { TestDevice } from '../broker/devices.js';
import { dialTls } from './dial.js';
import { deviceName, makeKnownDevices, oddName, productKey } from './known-device.js';
import { c301, c32, c42, npm128, npm128Odd, python } from './observed.js';

let service: TestService;
let devices: readonly [TestDevice, TestDevice];
beforeAll(async () => {
  service = await startTestService();
  devices = await makeKnownDevices(service);
});
afterAll(async () => {
  await service.stop();
});

/** The body that hands out a secret, to the byte. */
function granted({ deviceName: name, deviceSecret } = devices[0]): string {
  return (
    `{"code":200,"data":{"productKey":"${productKey}","deviceName":"${name}",` +
    `"deviceSecret":"${deviceSecret}"},"message":"success"}`
  );
}

/** An answer with nothing in it but what stands here. */
function answer(body: string, isLast = false): RegExp {
  const end = isLast
    ? 'Connection: close\r\n'
    : 'Connection: keep-alive\r\nKeep-Alive: timeout=\\d+\r\n';
  return new RegExp(
    '^HTTP/1\\.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n' +
      `Content-Length: ${body.length}\r\nDate: [A-Z][a-z]{2}, [\\w :]{21}GMT\r\n${end}\r\n` +
      `${body.replace(/[{}[\].*+?^$|\\()]/g, '\\$&')}$`,
  );
}

const isWhole = (text: string): boolean => text.endsWith('}');

async function exchange(...pieces: readonly string[]): Promise<string> {
  const client = await dialTls(service);
  for (const piece of pieces) {
    client.socket.write(piece, 'latin1');
    await new Promise(setImmediate);
  }
  return await client.text(isWhole);
}

describe('lines 1 to 4: the bytes that answer a registration', () => {
  it.each([
    ['C SDK 4.2', c42],
    ['C SDK 3.2', c32],
    ['C SDK 3.0', c301],
    ['the npm SDK', npm128],
  ])('are for %s status 200, Content-Length and compact JSON in order', async (_, request) => {
    expect(await exchange(request)).toMatch(answer(granted()));
  });

  it('are the same for the Python SDK, which asks to be the last of its connection', async () => {
    const client = await dialTls(service);
    client.socket.write(python);
    const hex = await client.closed();
    expect(Buffer.from(hex, 'hex').toString()).toMatch(answer(granted(), true));
  });

  it('hold the name as it is, when it was percent-encoded and signed decoded', async () => {
    const text = await exchange(npm128Odd);
    expect(text).toMatch(answer(granted(devices[1])));
    expect(text).toContain(`"${oddName}"`);
  });

  it('are never compressed or chunked, whatever a client would accept', async () => {
    const wish = 'Accept-Encoding: gzip, deflate, br, zstd\r\nTE: trailers, chunked\r\n';
    const request = c42.replace('Host: localhost\r\n', `Host: localhost\r\n${wish}`);
    expect(await exchange(request)).toMatch(answer(granted()));
  });

  it('come when the request comes one byte at a time, or head and body apart', async () => {
    expect(await exchange(...Array.from(c42))).toMatch(answer(granted()));
    const [head = '', body = ''] = c32.split(/(?<=\r\n\r\n)/);
    expect(await exchange(head, body)).toMatch(answer(granted()));
  });

  it('come again and again on one connection', async () => {
    const client = await dialTls(service);
    for (let count = 1; count <= 3; count += 1) {
      client.socket.write(c32);
      await client.text((text) => text.split('"success"}').length === count + 1);
    }
  });

  it('are of 256 bytes at most in the body, which is the buffer of C SDK 3', () => {
    expect(granted().length).toBeLessThan(256);
  });
});

describe('lines 6 and 7: a signature and its random', () => {
  it('are taken in upper, lower and mixed case', async () => {
    const sign = /sign=(\w+)/.exec(c32)?.[1] ?? '';
    const mixed = sign.replace(/[A-F]/g, (digit, at: number) =>
      at % 2 === 0 ? digit.toLowerCase() : digit,
    );
    for (const written of [sign.toLowerCase(), mixed]) {
      expect(await exchange(c32.replace(sign, written))).toMatch(answer(granted()));
    }
  });

  it('are taken again, byte for byte, however often', async () => {
    for (let count = 0; count < 5; count += 1) {
      expect(await exchange(c32)).toMatch(answer(granted()));
    }
  });

  it('are of one content for all three methods', async () => {
    // hmacmd5, hmacsha1 and hmacsha256 of one content, computed with openssl.
    const signs = [
      ['hmacmd5', '18d521efba694ff9dd81ae3ffa305dcf'],
      ['hmacsha1', '5e6de4c5a460d036ed9dbe9b4a526be970148361'],
      ['hmacsha256', '30fc954853110d1da6379a6d47aee4ca7b7b1c5c2b5d525031a1a5567d23f89e'],
    ];
    for (const [method, sign] of signs) {
      const body = `signMethod=${method}&sign=${sign}&random=rnd123456&deviceName=${deviceName}&productKey=${productKey}`;
      const head = c42.slice(0, c42.indexOf('Content-Length'));
      const request = `${head}Content-Length: ${body.length}\r\n\r\n${body}`;
      expect(await exchange(request)).toMatch(answer(granted()));
    }
  });

  it('do not hold for another method: the npm SDK signs with SHA-1 whatever it says', async () => {
    const request = npm128.replace('127', '129').replace(/hmacsha1$/, 'hmacsha256');
    expect(await exchange(request)).toMatch(answer('{"code":401,"message":"request auth error"}'));
  });
});

describe('a refusal', () => {
  it('has the same head, and the code before the message', async () => {
    const other = c42.replace('MODEM-0001', 'MODEM-0009');
    expect(await exchange(other)).toMatch(answer('{"code":401,"message":"request auth error"}'));
  });
});
