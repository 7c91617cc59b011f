import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { dialTls } from './dial.js';
import { makeKnownDevices } from './known-device.js';
import { c32, c42Connect } from './observed.js';

/** All that the C SDKs 3.x and 4.x offer (observed). */
const fieldSuites = ['AES256-SHA256', 'AES128-SHA256', 'AES256-SHA', 'AES128-SHA'];

async function openssl(
  args: readonly string[],
  input = '',
): Promise<{ readonly code: number | null; readonly text: string }> {
  const child = spawn('openssl', args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => (text += part));
  }
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, text };
}

/** Shakes hands as a module would, checking the certificate. */
async function shake({ service: { ports, urls } }: TestService, args: readonly string[]) {
  return await openssl([
    ...['s_client', '-connect', `127.0.0.1:${ports.tlsPort}`, '-tls1_2', ...args],
    ...['-CAfile', urls.ca ?? '', '-verify_return_error'],
  ]);
}

describe('line 5: the TLS port by default', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService();
    await makeKnownDevices(service);
  });
  afterAll(async () => {
    await service.stop();
  });

  it.each(fieldSuites)('takes %s from openssl s_client', async (suite) => {
    const { code, text } = await shake(service, ['-cipher', suite]);
    expect(text).toMatch(/^ +Protocol +: TLSv1\.2$/m);
    expect(text).toContain(`Cipher is ${suite}`);
    expect(text).toContain('Verify return code: 0 (ok)');
    expect(code).toBe(0);
  });

  it.each(fieldSuites)('answers registrations over %s', async (suite) => {
    const options = { ciphers: suite, maxVersion: 'TLSv1.2' } as const;
    const https = await dialTls(service, options);
    https.socket.write(c32);
    expect(await https.text((text) => text.endsWith('}'))).toContain('"code":200');
    const mqtt = await dialTls(service, options);
    mqtt.send(c42Connect);
    expect(await mqtt.text((text) => text.endsWith('}'))).toContain('/ext/register{');
  });

  it('takes them when the client offers nothing else, as C SDKs do', async () => {
    const { text } = await shake(service, ['-cipher', fieldSuites.join(':')]);
    expect(text).toContain('Cipher is AES256-SHA256');
  });

  it('shows an RSA-2048 certificate that is signed with SHA-256, all the way up', async () => {
    const { text } = await shake(service, ['-cipher', 'AES128-SHA256', '-showcerts']);
    const chain = text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
    expect(chain.length).toBeGreaterThan(0);
    for (const certificate of chain) {
      const shown = await openssl(['x509', '-noout', '-text'], certificate);
      expect(shown.text).toContain('Public Key Algorithm: rsaEncryption');
      expect(shown.text).toContain('Public-Key: (2048 bit)');
      expect(shown.text.match(/Signature Algorithm: (.+)/)?.[1]).toBe('sha256WithRSAEncryption');
    }
  });
});

describe('the TLS port with TLS_PROFILE=modern', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService({ TLS_PROFILE: 'modern' });
  });
  afterAll(async () => {
    await service.stop();
  });

  it.each(fieldSuites)('refuses %s', async (suite) => {
    const { code, text } = await shake(service, ['-cipher', suite]);
    expect(text).toContain('Cipher is (NONE)');
    expect(code).not.toBe(0);
  });

  it('takes what has forward secrecy', async () => {
    const { code, text } = await shake(service, ['-cipher', 'ECDHE-RSA-AES128-GCM-SHA256']);
    expect(text).toContain('Cipher is ECDHE-RSA-AES128-GCM-SHA256');
    expect(code).toBe(0);
  });
});
