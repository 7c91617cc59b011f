import { X509Certificate, createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadTlsMaterial } from '../../../src/platform/tls/material.js';
import type { TlsSource } from '../../../src/platform/tls/material.js';
import { giveTls } from '../../support/data-dir.js';

const now = new Date();
const names = ['localhost', '127.0.0.1', '::1', hostname()];
const dayMs = 86_400_000;
let parent: string;
let folder: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'triplemint-tls-'));
  folder = join(parent, 'tls');
});

afterEach(async () => {
  await rm(parent, { recursive: true, force: true });
});

function source(changes: Partial<TlsSource> = {}): TlsSource {
  return { folder, names, now, ...changes };
}

async function certificates(): Promise<{ server: X509Certificate; authority: X509Certificate }> {
  const server = new X509Certificate(await readFile(join(folder, 'server.crt')));
  return { server, authority: new X509Certificate(await readFile(join(folder, 'ca.crt'))) };
}

describe('our own certificate', () => {
  it('is RSA-2048 with SHA-256, issued by an authority of our own, for every name', async () => {
    const material = await loadTlsMaterial(source());
    const { server, authority } = await certificates();
    expect(material.caPath).toBe(join(folder, 'ca.crt'));
    expect(material.warnings).toEqual([]);
    expect(material.cert.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(server.checkPrivateKey(createPrivateKey(material.key.expose()))).toBe(true);
    expect(server.verify(authority.publicKey)).toBe(true);
    expect(authority.ca).toBe(true);
    expect(server.ca).toBe(false);
    for (const { publicKey } of [server, authority]) {
      expect(publicKey.asymmetricKeyType).toBe('rsa');
      expect(publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
    }
    expect(server.checkHost('localhost')).toBe('localhost');
    expect(server.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(server.checkIP('::1')).toBe('::1');
  });

  it('lasts ten years as authority and two as server', async () => {
    await loadTlsMaterial(source());
    const { server, authority } = await certificates();
    const daysLeft = (certificate: X509Certificate) =>
      Math.round((Date.parse(certificate.validTo) - now.getTime()) / dayMs);
    expect(daysLeft(authority)).toBe(3650);
    expect(daysLeft(server)).toBe(730);
  });

  it('keeps its keys for the owner and lets others read the authority', async () => {
    await loadTlsMaterial(source());
    const modes = new Map<string, number>();
    for (const file of await readdir(folder)) {
      modes.set(file, (await stat(join(folder, file))).mode & 0o777);
    }
    expect(Object.fromEntries(modes)).toEqual({
      'ca.crt': 0o644,
      'ca.key': 0o600,
      'server.crt': 0o644,
      'server.key': 0o600,
    });
    expect((await stat(folder)).mode & 0o777).toBe(0o755);
  });

  it('ends in one authority when several start at once', async () => {
    const all = await Promise.all(Array.from({ length: 4 }, () => loadTlsMaterial(source())));
    expect(new Set(all.map(({ cert }) => cert)).size).toBe(1);
    expect(new Set(all.map(({ key }) => key.expose())).size).toBe(1);
    expect(await readdir(parent)).toEqual(['tls']);
  });

  it.each([['two words'], ['-'], [''], ['a,DNS:evil']])('refuses the name %j', async (name) => {
    await expect(loadTlsMaterial(source({ names: [name] }))).rejects.toMatchObject({
      code: 'tls.name_malformed',
    });
    expect(await readdir(parent)).toEqual([]);
  });
});

describe('our own certificate, once it is made,', () => {
  beforeEach(async () => {
    await giveTls(parent);
  });

  it('is the same at the next start', async () => {
    const first = await loadTlsMaterial(source());
    const second = await loadTlsMaterial(source({ names: [...names].reverse() }));
    expect(second.cert).toBe(first.cert);
    expect(second.key.expose()).toBe(first.key.expose());
  });

  it('is issued again by the same authority when the names change', async () => {
    await loadTlsMaterial(source());
    const before = await certificates();
    const material = await loadTlsMaterial(source({ names: ['mint.factory', '10.0.0.7'] }));
    const after = await certificates();
    expect(after.authority.fingerprint256).toBe(before.authority.fingerprint256);
    expect(after.server.checkHost('mint.factory')).toBe('mint.factory');
    expect(after.server.checkIP('10.0.0.7')).toBe('10.0.0.7');
    expect(after.server.checkHost('localhost')).toBeUndefined();
    expect(after.server.verify(after.authority.publicKey)).toBe(true);
    expect(after.server.checkPrivateKey(createPrivateKey(material.key.expose()))).toBe(true);
  });

  it('is issued again near its end, and not before', async () => {
    const first = await loadTlsMaterial(source());
    const early = new Date(now.getTime() + 690 * dayMs);
    expect((await loadTlsMaterial(source({ now: early }))).cert).toBe(first.cert);
    const late = new Date(now.getTime() + 710 * dayMs);
    expect((await loadTlsMaterial(source({ now: late }))).cert).not.toBe(first.cert);
    const { server } = await certificates();
    expect(Date.parse(server.validTo)).toBeGreaterThan(late.getTime() + 700 * dayMs);
  });

  it('never outlives its authority', async () => {
    await loadTlsMaterial(source());
    await loadTlsMaterial(source({ now: new Date(now.getTime() + 3600 * dayMs) }));
    const { server, authority } = await certificates();
    expect(server.validTo).toBe(authority.validTo);
  });

  it.each(['server.crt', 'server.key'])('is made whole again when %s is lost', async (file) => {
    await loadTlsMaterial(source());
    await rm(join(folder, file));
    const material = await loadTlsMaterial(source());
    const { server, authority } = await certificates();
    expect(server.verify(authority.publicKey)).toBe(true);
    expect(server.checkPrivateKey(createPrivateKey(material.key.expose()))).toBe(true);
  });

  it('serves on while ca.key is kept elsewhere, and says so when it is needed', async () => {
    const first = await loadTlsMaterial(source());
    await rm(join(folder, 'ca.key'));
    expect((await loadTlsMaterial(source())).cert).toBe(first.cert);
    await expect(loadTlsMaterial(source({ names: ['other'] }))).rejects.toMatchObject({
      code: 'tls.ca_unusable',
    });
  });

  it('takes a machine name in Chinese', async () => {
    await loadTlsMaterial(source({ names: ['工厂.local'] }));
    expect((await certificates()).server.subjectAltName).toMatch(/^DNS:xn--[a-z0-9]+\.local$/);
    const { cert } = await loadTlsMaterial(source({ names: ['工厂.local'] }));
    expect(cert).toBe(await readFile(join(folder, 'server.crt'), 'utf8'));
  });
});

describe('a given certificate', () => {
  const certFile = () => join(folder, 'server.crt');
  const keyFile = () => join(folder, 'server.key');
  beforeEach(async () => {
    await giveTls(parent);
  });

  it('is used as it is, and no authority of ours is offered', async () => {
    const own = await loadTlsMaterial(source());
    const given = await loadTlsMaterial(
      source({ certFile: certFile(), keyFile: keyFile(), folder: join(parent, 'unused') }),
    );
    expect(given.cert).toBe(own.cert);
    expect(given.caPath).toBeUndefined();
    expect(await readdir(parent)).toEqual(['tls']);
  });

  it('is refused with a key that belongs to another, without showing the key', async () => {
    await loadTlsMaterial(source());
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    await writeFile(keyFile(), other.export({ type: 'pkcs8', format: 'pem' }));
    const loading = loadTlsMaterial(source({ certFile: certFile(), keyFile: keyFile() }));
    await expect(loading).rejects.toMatchObject({ code: 'tls.pair_mismatch' });
    await expect(loading).rejects.not.toThrow(/PRIVATE KEY/);
  });

  it('is refused when a file is missing or no PEM, and the file is named', async () => {
    await loadTlsMaterial(source());
    const missing = join(parent, 'missing.crt');
    await expect(
      loadTlsMaterial(source({ certFile: missing, keyFile: keyFile() })),
    ).rejects.toMatchObject({
      code: 'tls.file_unreadable',
      detail: expect.stringContaining(missing) as string,
    });
    await writeFile(missing, 'no certificate');
    await expect(
      loadTlsMaterial(source({ certFile: missing, keyFile: keyFile() })),
    ).rejects.toMatchObject({
      code: 'tls.pair_mismatch',
      detail: expect.stringContaining(missing) as string,
    });
    await expect(loadTlsMaterial(source({ certFile: certFile() }))).rejects.toMatchObject({
      code: 'tls.pair_mismatch',
    });
  });

  it('is warned about when it has ended', async () => {
    await loadTlsMaterial(source());
    const later = new Date(now.getTime() + 900 * dayMs);
    const { warnings } = await loadTlsMaterial(
      source({ certFile: certFile(), keyFile: keyFile(), now: later }),
    );
    expect(warnings).toEqual([expect.stringContaining('ended at')]);
  });
});
