import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadTlsMaterial } from '../../../src/platform/tls/material.js';
import type { TlsMaterial } from '../../../src/platform/tls/material.js';
import { tlsServerOptions } from '../../../src/platform/tls/options.js';
import type { TlsProfile } from '../../../src/platform/tls/options.js';

let folder: string;
let material: TlsMaterial;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'triplemint-ciphers-'));
  const names = ['localhost', '127.0.0.1'];
  material = await loadTlsMaterial({ folder: join(folder, 'tls'), names, now: new Date() });
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Connects with the openssl program as a module would, checking the certificate and the name. */
async function connect(profile: TlsProfile, args: readonly string[]): Promise<string> {
  const server = createServer(tlsServerOptions(material, profile), (socket) => {
    socket.on('error', () => undefined);
    socket.end('hello');
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    return await openssl([
      ...['s_client', '-connect', `127.0.0.1:${port}`, '-CAfile', material.caPath ?? ''],
      ...['-verify_return_error', '-verify_hostname', 'localhost', ...args],
    ]);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

async function openssl(args: readonly string[]): Promise<string> {
  const child = spawn('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject));
  return output;
}

describe('our own certificate', () => {
  it('is signed and marked as old clients need it', async () => {
    const text = await openssl(['x509', '-noout', '-text', '-in', join(folder, 'tls/server.crt')]);
    expect(text).toContain('Signature Algorithm: sha256WithRSAEncryption');
    expect(text).toContain('Digital Signature, Key Encipherment');
    expect(text).toContain('TLS Web Server Authentication');
    const ca = await openssl(['x509', '-noout', '-text', '-in', material.caPath ?? '']);
    expect(ca).toContain('Signature Algorithm: sha256WithRSAEncryption');
    expect(ca).toContain('CA:TRUE');
  });
});

describe('the compatible profile', () => {
  it.each(['AES256-SHA256', 'AES128-SHA256', 'AES256-SHA', 'AES128-SHA'])(
    'serves the static-RSA suite %s that the C SDKs offer',
    async (cipher) => {
      const output = await connect('compatible', ['-tls1_2', '-cipher', cipher]);
      expect(output).toContain(`Cipher is ${cipher}`);
      expect(output).toContain('Verify return code: 0 (ok)');
      expect(output).toMatch(/hello/);
    },
  );

  it('prefers forward secrecy when a client offers both', async () => {
    const offer = 'AES128-SHA256:ECDHE-RSA-AES128-GCM-SHA256';
    const output = await connect('compatible', ['-tls1_2', '-cipher', offer]);
    expect(output).toContain('Cipher is ECDHE-RSA-AES128-GCM-SHA256');
  });

  it('speaks TLS 1.3 to current clients and refuses TLS 1.1', async () => {
    expect(await connect('compatible', ['-tls1_3'])).toContain('New, TLSv1.3, Cipher is TLS_');
    const old = await connect('compatible', ['-tls1_1', '-cipher', 'ALL:@SECLEVEL=0']);
    expect(old).toContain('Cipher is (NONE)');
  });
});

describe('the modern profile', () => {
  it('refuses static RSA and CBC', async () => {
    const offer = 'AES128-SHA256:AES128-SHA:AES256-SHA:ECDHE-RSA-AES128-SHA256';
    const output = await connect('modern', ['-tls1_2', '-cipher', offer]);
    expect(output).toContain('Cipher is (NONE)');
  });

  it('serves authenticated encryption with forward secrecy', async () => {
    const output = await connect('modern', ['-tls1_2', '-cipher', 'ECDHE-RSA-AES256-GCM-SHA384']);
    expect(output).toContain('Cipher is ECDHE-RSA-AES256-GCM-SHA384');
    expect(await connect('modern', ['-tls1_3'])).toContain('New, TLSv1.3, Cipher is TLS_');
  });
});
