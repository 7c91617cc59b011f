import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  Decrypter,
  generateHybridIdentity,
  generateIdentity,
  identityToRecipient,
} from 'age-encryption';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeOrder, makeProduct } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import {
  cellsOfCsv,
  cellsOfJsonLines,
  fetchFile,
  partsOfWorkbook,
  rowsOfSheet,
} from './exported.js';
import type { Cells } from './exported.js';

/** More than one chunk of an age file, which is 64 KiB. */
const quantity = 3_000;
const ageCommand = '/usr/bin/age';

let service: TestService;
let orderId: string;
let plain: Cells[];
beforeAll(async () => {
  service = await startTestService();
  const { productKey } = await makeProduct(service);
  orderId = (await makeOrder(service, productKey, { quantity })).orderId;
  plain = cellsOfCsv((await fetchFile(service, orderId)).bytes);
});
afterAll(async () => {
  await service.stop();
});

async function decrypted(identity: string, file: Uint8Array): Promise<Uint8Array> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  return await decrypter.decrypt(file);
}

const readers: Readonly<Record<string, (file: Uint8Array) => Cells[] | Promise<Cells[]>>> = {
  csv: cellsOfCsv,
  jsonl: cellsOfJsonLines,
  xlsx: async (file) => {
    const parts = await partsOfWorkbook(file);
    return rowsOfSheet(parts.get('xl/worksheets/sheet1.xml') ?? '').slice(1);
  },
};

describe('a file for a recipient', () => {
  it.each(Object.keys(readers))('of format %s opens with his key alone', async (format) => {
    const identity = await generateIdentity();
    const recipient = await identityToRecipient(identity);
    const query = `format=${format}&recipient=${recipient}`;
    const { headers, bytes } = await fetchFile(service, orderId, query);
    expect(headers.get('content-disposition')).toBe(
      `attachment; filename="${orderId}.${format}.age"`,
    );
    expect(headers.get('content-type')).toBe('application/octet-stream');
    expect(Buffer.from(bytes).includes('deviceSecret')).toBe(false);
    expect(await readers[format]?.(await decrypted(identity, bytes))).toEqual(plain);
    await expect(decrypted(await generateIdentity(), bytes)).rejects.toThrow(/identity/);
  });

  it('and for others opens with the key of each', async () => {
    const identities = [await generateIdentity(), await generateIdentity()];
    const recipients = await Promise.all(identities.map(identityToRecipient));
    const query = recipients.map((recipient) => `recipient=${recipient}`).join('&');
    const { bytes } = await fetchFile(service, orderId, query);
    for (const identity of identities) {
      expect(cellsOfCsv(await decrypted(identity, bytes))).toEqual(plain);
    }
  });

  it('who has a post-quantum key opens with it', async () => {
    const identity = await generateHybridIdentity();
    const query = `recipient=${await identityToRecipient(identity)}`;
    const { bytes } = await fetchFile(service, orderId, query);
    expect(cellsOfCsv(await decrypted(identity, bytes))).toEqual(plain);
  });

  // CI installs age, and allows no skipped test.
  it.skipIf(!existsSync(ageCommand))('opens with the age command', async () => {
    const identity = await generateIdentity();
    const query = `recipient=${await identityToRecipient(identity)}`;
    const { bytes } = await fetchFile(service, orderId, query);
    const folder = await mkdtemp(join(tmpdir(), 'triplemint-age-'));
    try {
      await writeFile(join(folder, 'key'), identity);
      await writeFile(join(folder, 'file.age'), bytes);
      const flags = ['-d', '-i', join(folder, 'key'), join(folder, 'file.age')];
      const { stdout } = await promisify(execFile)(ageCommand, flags, { maxBuffer: 2 ** 24 });
      expect(cellsOfCsv(Buffer.from(stdout))).toEqual(plain);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('a recipient that is none', () => {
  it.each([
    ['nothing', ''],
    ['a word', 'alice'],
    ['an SSH key', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ'],
    ['one with a letter changed', 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8x'],
    ['an empty one beside a good one', 'good,'],
  ])('(%s) is refused before anything leaves, and never repeated', async (_, text) => {
    const good = await identityToRecipient(await generateIdentity());
    const list = text.split(',').map((one) => (one === 'good' ? good : one));
    const query = list.map((one) => `recipient=${encodeURIComponent(one)}`).join('&');
    const path = `/api/v1/orders/${orderId}/exports`;
    const before = (await service.call('GET', path)).text;
    const refusal = await service.call('GET', `/api/v1/orders/${orderId}/triples?${query}`);
    expect(refusal.status).toBe(422);
    expect(refusal.body).toMatchObject({
      code: 'export.recipient_invalid',
      data: { position: list.length },
    });
    expect((await service.call('GET', path)).text).toBe(before);
  });

  it('but a secret key by mistake appears neither in the answer nor in the log', async () => {
    const identity = await generateIdentity();
    const path = `/api/v1/orders/${orderId}/triples?recipient=${identity}`;
    const refusal = await service.call('GET', path);
    expect(refusal.body).toMatchObject({ code: 'export.recipient_invalid' });
    expect(refusal.text).not.toContain(identity);
    expect(service.log().toLowerCase()).not.toContain(identity.toLowerCase());
  });
});
