import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { learnFrom, learnOwn } from '../../src/agent/learn-dialects.js';
import { readSlotsFile } from '../../src/agent/slots.js';
import { Api } from '../../src/commands/api-client.js';
import { readDialects } from '../../src/dialects/dialect-files.js';
import { exampleText, exampleWith } from '../dialects/example.js';

let folder: string;
let slots: string;
const asked: string[] = [];
const answers: Record<string, unknown> = {
  '/api/v1/dialects': {
    items: ['luat', 'of-tomorrow', 'gone', 'acme-nt35e'].map((id) => ({ id, modules: [] })),
    nextCursor: null,
  },
  '/api/v1/dialects/acme-nt35e': exampleWith(),
  '/api/v1/dialects/of-tomorrow': exampleWith({ id: 'of-tomorrow', colour: 'red' }),
};
const server = createServer((request, reply) => {
  asked.push(request.url ?? '');
  const body = answers[request.url ?? ''];
  const problem = { code: 'dialect.unknown', detail: 'The known dialects are few.' };
  reply.writeHead(body === undefined ? 404 : 200).end(JSON.stringify(body ?? problem));
});
let api: Api;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'triplemint-learn-'));
  slots = join(folder, 'slots.json');
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  api = new Api(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'key');
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

async function read(dialect: string, given: Awaited<ReturnType<typeof readDialects>> = []) {
  asked.length = 0;
  await writeFile(slots, JSON.stringify([{ slot: 1, port: 'tcp://h:1', dialect }]));
  return await readSlotsFile(slots, learnFrom(api, given));
}

it('a dialect that this PC does not know is asked from the service', async () => {
  const [slot] = await read('acme-nt35e');
  expect(slot?.dialect).toMatchObject({ id: 'acme-nt35e', persistence: 'nvm', answerMs: 5_000 });
  expect(asked).toEqual(['/api/v1/dialects/acme-nt35e']);
});

it('one that is built in, or given as a file, is asked from nobody', async () => {
  const own = join(folder, 'own');
  await mkdir(own);
  await writeFile(join(own, 'acme.json'), exampleText());
  await writeFile(join(own, 'readme.txt'), 'no dialect');
  expect(await read('luat')).toMatchObject([{ dialect: { id: 'luat' } }]);
  const given = await readDialects(own);
  expect(await read('acme-nt35e', given)).toMatchObject([{ dialect: { id: 'acme-nt35e' } }]);
  expect(asked).toEqual([]);
  await writeFile(join(own, 'again.json'), exampleText());
  await expect(readDialects(own)).rejects.toMatchObject({ code: 'dialect.invalid' });
  await expect(readDialects(join(own, 'none'))).rejects.toMatchObject({ code: 'file.unreadable' });
});

it.each([
  ['nobody', 'dialect.unknown'],
  ['of-tomorrow', 'agent.answer_unreadable'],
])('%s, which cannot be spoken, stops the start with %s', async (dialect, code) => {
  await expect(read(dialect)).rejects.toMatchObject({ code });
});

it('all that the service has beside the built-in ones are learnt; what cannot be had is told', async () => {
  const told: unknown[] = [];
  const learnt = await learnOwn(api, [], (what, error) => told.push([what, error]));
  expect(learnt.map(({ id }) => id)).toEqual(['acme-nt35e']);
  expect(told).toMatchObject([
    ['the dialect of-tomorrow', { code: 'agent.answer_unreadable' }],
    ['the dialect gone', { code: 'dialect.unknown' }],
  ]);
  const [given] = learnt;
  asked.length = 0;
  expect(await learnOwn(api, learnt, () => undefined)).toEqual([given]);
  expect(asked).not.toContain('/api/v1/dialects/acme-nt35e');
  const away = new Api('http://127.0.0.1:1', 'key');
  expect(await learnOwn(away, [], (what) => told.push(what))).toEqual([]);
  expect(told.at(-1)).toBe('the dialects of the service');
});
