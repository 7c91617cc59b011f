import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HttpClaims } from '../../src/agent/http-claims.js';
import { Journal } from '../../src/agent/journal.js';
import { Outbox } from '../../src/agent/outbox.js';
import { Owner } from '../../src/agent/owner.js';
import { defaultPatience } from '../../src/agent/patience.js';
import { Api } from '../../src/commands/api-client.js';

/** Nobody listens there. */
const server = 'https://127.0.0.1:9';
const patience = { ...defaultPatience, confirmMs: 50 };

let folder: string;
let journal: Journal;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'triplemint-http-claims-'));
  journal = await Journal.open(folder);
});
afterEach(async () => {
  await journal.close().finally(() => rm(folder, { recursive: true, force: true }));
});

it.each([
  ['what was read back passes', 'digest', true],
  ['a login does not, for the service alone knows of it', 'login', false],
] as const)('while the link is away a confirm is on the disk, and %s', async (_, kind, isKept) => {
  const outbox = new Outbox({
    journal,
    patience,
    send: () => Promise.reject(new Error('socket hang up')),
    onState: () => undefined,
    onRefused: () => undefined,
  });
  const claims = new HttpClaims({
    api: new Api(server, 'tm_none'),
    owner: new Owner({ journal, server, askMe: () => Promise.reject(new Error('away')) }),
    journal,
    outbox,
    patience,
    signal: new AbortController().signal,
    countIn: () => 0,
    onLink: () => undefined,
  });
  const proof =
    kind === 'login' ? { kind } : { kind, deviceName: 'unit_1', secretDigest: 'd'.repeat(64) };
  const kept = claims.confirm('clm-1', { proof, isVolatile: false }).then(
    () => true,
    () => false,
  );
  expect(await kept).toBe(isKept);
  expect(outbox.isWaiting('clm-1')).toBe(true);
  await outbox.close();
  const next = await Journal.open(folder);
  await next.close();
  expect(next.found.waiting).toMatchObject([{ claimId: 'clm-1', report: { proof: { kind } } }]);
});
