import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadEnv, variableNames } from '../../src/platform/env.js';

const example = join(import.meta.dirname, '..', '..', '.env.example');

describe('the environment', () => {
  it('is listed in .env.example, every variable and no other', async () => {
    const lines = (await readFile(example, 'utf8')).split('\n');
    const listed = lines.flatMap((line) => /^([A-Z_]+)=/.exec(line)?.[1] ?? []);
    expect(listed.sort()).toEqual([...variableNames].sort());
  });

  it('has in .env.example the defaults of the code', async () => {
    const lines = (await readFile(example, 'utf8')).split('\n');
    const given = lines.flatMap((line) => {
      const match = /^([A-Z_]+)=(.+)$/.exec(line);
      return match ? [[match[1], match[2]]] : [];
    });
    expect(loadEnv(Object.fromEntries(given) as Record<string, string>)).toEqual(loadEnv({}));
  });

  it('names every bad variable and shows no value', () => {
    const bad = { HTTP_PORT: '99999', PLAIN_HTTP: 'sure', ADMIN_KEY: 'short-one' };
    expect(() => loadEnv(bad)).toThrow(/HTTP_PORT.*PLAIN_HTTP.*ADMIN_KEY/s);
    expect(() => loadEnv(bad)).not.toThrow(/99999|sure|short-one/);
  });

  it('reads secrets from files as well', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'triplemint-env-'));
    try {
      const path = join(folder, 'admin');
      await writeFile(path, 'a-key-from-a-file-0001\n');
      expect(loadEnv({ ADMIN_KEY_FILE: path }).adminKey?.expose()).toBe('a-key-from-a-file-0001');
      expect(() => loadEnv({ ADMIN_KEY_FILE: join(folder, 'none') })).toThrow(/ADMIN_KEY_FILE/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.each([
    'http://broker',
    'broker:1883',
    'mqtt://:1883',
    'mqtt://site:%zz@broker',
    'mqtt:broker',
  ])('takes no %s for the URL of a broker, and does not show it', (url) => {
    expect(() => loadEnv({ BROKER_URL: url })).toThrow(/BROKER_URL: must be a mqtt/);
    expect(() => loadEnv({ BROKER_URL: url })).not.toThrow(url);
  });

  it('wants certificate and key together', () => {
    expect(() => loadEnv({ TLS_CERT_FILE: 'a.crt' })).toThrow(/give both or none/);
  });
});
