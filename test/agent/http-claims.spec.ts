import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { HttpClaims } from '../../src/agent/http-claims.js';
import { Journal } from '../../src/agent/journal.js';
import { Outbox } from '../../src/agent/outbox.js';
import { Owner } from '../../src/agent/owner.js';
import { defaultPatience } from '../../src/agent/patience.js';
import { Api } from '../../src/commands/api-client.js';
import { DomainError } from '../../src/core/errors.js';

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

it('a login that the service has not heard of yet is no trouble of the link, also while another slot claims', async () => {
  const base = await granting();
  const link: unknown[] = [];
  let unseen = 3;
  const outbox = new Outbox({
    journal,
    patience: { ...patience, firstMs: 1, mostMs: 1 },
    send: () => {
      unseen -= 1;
      const error = new DomainError('claim.no_login', 'clm-1');
      return Promise.resolve([unseen < 0 ? { ok: true, value: undefined } : { ok: false, error }]);
    },
    onState: ({ trouble }) => link.push(trouble),
    onRefused: () => undefined,
  });
  const me = { stationId: 'st-1', name: 'bench', slots: [], orders: [] };
  const claims = new HttpClaims({
    api: new Api(base, 'tm_none'),
    owner: new Owner({ journal, server: base, askMe: () => Promise.resolve(me) }),
    journal,
    outbox,
    patience: { ...patience, confirmMs: 20_000, firstMs: 1, mostMs: 1 },
    signal: new AbortController().signal,
    countIn: () => 0,
    onLink: (trouble) => link.push(trouble),
  });
  const slot1 = claims.confirm('clm-1', { proof: { kind: 'login' }, isVolatile: false });
  const slot2 = claims.claim({ orderId: 'ord-1', slot: 2, unit: { sn: 'second' } });
  await slot1;
  expect(await slot2).toMatchObject({ claimId: 'clm-2' });
  expect(unseen).toBe(-1);
  expect(new Set(link)).toEqual(new Set([undefined]));
  await outbox.close();
});

/** A service that grants one triple to whoever claims. Gives its address. */
async function granting(): Promise<string> {
  const grant = {
    ok: true,
    claimId: 'clm-2',
    attempt: 1,
    reissued: false,
    triple: { productKey: 'a1', deviceName: 'unit_2', deviceSecret: 'd' },
    order: {},
    broker: { host: '127.0.0.1', port: 1883 },
  };
  const granter = createServer((_, reply) => reply.end(JSON.stringify({ results: [grant] })));
  await new Promise<void>((resolve) => granter.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    granter.close();
    granter.closeAllConnections();
  });
  return `http://127.0.0.1:${(granter.address() as AddressInfo).port}`;
}
