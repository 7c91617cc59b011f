import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Listeners } from '../../../src/platform/listeners/listeners.js';
import { makeFleet } from '../../broker/devices.js';
import type { Fleet, TestDevice } from '../../broker/devices.js';
import { cuts, edited, edits, inPieces, sendTcp } from '../../broker/hostile.js';
import { registrationForm } from '../../support/registering.js';
import { startTestService } from '../../support/service.js';
import type { TestService } from '../../support/service.js';
import { cSdkRequest } from './raw-http.js';

let service: TestService;
let fleet: Fleet;
beforeAll(async () => {
  service = await startTestService();
  fleet = await makeFleet(service, { quantity: 100 });
  // Connections that the preparation left open.
  service.service.app.getHttpServer().closeIdleConnections();
});
afterAll(async () => {
  await service.stop();
});

let next = 0;

/** Another device each time: one that registers too often is refused. */
function registrant(): TestDevice {
  next = (next + 1) % fleet.devices.length;
  return fleet.devices[next] ?? fleet.devices[0];
}

function formOf(device: TestDevice): [name: string, value: string][] {
  return Object.entries(registrationForm({ ...device, productSecret: fleet.productSecret }));
}

/** Sends bytes in pieces and answers what came back, until a whole answer or the end. */
async function send(bytes: Buffer, sizes: readonly number[], mustEnd = false): Promise<string> {
  const isWhole = (hex: string): boolean => hex.endsWith(Buffer.from('}').toString('hex'));
  const pieces = inPieces(bytes, sizes);
  const hex = await sendTcp(service.service.ports.httpPort, pieces, mustEnd ? undefined : isWhole);
  return Buffer.from(hex, 'hex').toString('latin1');
}

/** Looks after every run that the service lives, and in the end that nothing stays behind. */
async function besideOthers<T>(
  arbitrary: fc.Arbitrary<T>,
  attack: (input: T) => Promise<void>,
): Promise<void> {
  const property = fc.asyncProperty(arbitrary, async (input) => {
    await attack(input);
    const health = await send(Buffer.from('GET /health/live HTTP/1.0\r\n\r\n'), [100]);
    expect(health).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });
  await fc.assert(property, { numRuns: 120 });
  await vi.waitFor(
    () => {
      expect(service.service.app.get(Listeners).openConnections).toBe(0);
    },
    { timeout: 10_000, interval: 10 },
  );
  expect(service.log()).not.toMatch(/"level":[56]0/);
}

/** An answer of the device endpoint with one of these codes, and nothing else. */
function envelope(codes: string): RegExp {
  return new RegExp(
    '^HTTP/1\\.1 200 OK\r\n(?![^{]*Transfer-Encoding)[^{]*Content-Length: \\d+\r\n[^{]*\r\n\r\n' +
      `{"code":(${codes}),("data":{[^{}]*},)?"message":"[a-z ]+"}$`,
  );
}

const odd = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.constantFrom('', '\0', 'a\0b', '\n', '%', '&', '=', '+', ' ', ';', '[]', 'hmacmd5', 'null'),
  fc.constantFrom(256, 257, 5000).map((length) => 'x'.repeat(length)),
);

type Spelling = (text: string) => string;
const encoded: Spelling = (text) => encodeURIComponent(text);
const plus: Spelling = (text) => encodeURIComponent(text).replaceAll('%20', '+');
const lower: Spelling = (text) => encoded(text).replace(/%../g, (escape) => escape.toLowerCase());
const all: Spelling = (text) =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
/** As C SDKs write: as it is, where that is no separator. */
const raw: Spelling = (text) => text.replace(/[^\w:@.-]/gu, encoded);
const spelling = fc.constantFrom(encoded, plus, lower, all, raw);

/** What is done to a form that is right. */
const change = fc.record({
  field: fc.nat({ max: 4 }),
  kind: fc.constantFrom('replace', 'drop', 'repeat', 'rename', 'upper case'),
  value: odd,
});
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function changed(
  form: readonly [string, string][],
  { field, kind, value }: Change,
): [string, string][] {
  return form.flatMap(([name, old], index): [string, string][] => {
    if (index !== field % form.length) return [[name, old]];
    switch (kind) {
      case 'replace':
        return [[name, value]];
      case 'drop':
        return [];
      case 'repeat':
        return [
          [name, old],
          [name, value],
        ];
      case 'rename':
        return [[`${name}s`, old]];
      case 'upper case':
        return [[name, name === 'sign' ? old.toUpperCase() : old]];
    }
  });
}

/** What a form must be answered, worked out from its fields and not from its bytes. */
function expectedCode(form: readonly [string, string][], right: ReadonlyMap<string, string>) {
  // Would replace the prototype of what it is copied to, so the whole form is refused.
  if (form.some(([name]) => name === '__proto__')) return '460';
  let code = '200';
  for (const [name, value] of right) {
    const given = form.filter(([known]) => known === name).map(([, text]) => text);
    const [first = ''] = given;
    if (given.length !== 1 || first === '' || first.includes('\0') || first.length > 256) {
      return '460';
    }
    if (name === 'signMethod') {
      if (!/^hmac(md5|sha1|sha256)$/.test(first)) return '460';
    }
    const isSame = name === 'sign' ? first.toLowerCase() === value : first === value;
    if (!isSame) code = '401';
  }
  return code;
}

describe('POST /auth/register/device', () => {
  it('answers a form by its fields, in whatever order, spelling and pieces they come', async () => {
    const input = fc.record({
      changes: fc.array(change, { maxLength: 2 }),
      unknown: fc.array(fc.tuple(odd, odd), { maxLength: 3 }),
      order: fc.infiniteStream(fc.nat()),
      spellings: fc.infiniteStream(spelling),
      sizes: cuts,
    });
    await besideOthers(input, async ({ changes, unknown, order, spellings, sizes }) => {
      const right = formOf(registrant());
      const names = right.map(([name]) => name);
      const others = unknown.filter(([name]) => !names.includes(name));
      const form = [...changes.reduce(changed, right), ...others]
        .map((pair) => ({ pair, rank: Number(order.next().value) }))
        .sort((a, b) => a.rank - b.rank)
        .map(({ pair }) => pair);
      const spelled = form.map((pair) =>
        pair.map((text) => (spellings.next().value as Spelling)(text)).join('='),
      );
      const body = spelled.join('&');
      const code = body.length > 8192 ? '460' : expectedCode(form, new Map(right));
      expect(await send(Buffer.from(cSdkRequest(body)), sizes)).toMatch(envelope(code));
    });
  });

  it('answers bytes of no plan with 460 or 401', async () => {
    const fragment = fc.constantFrom(
      'productKey=',
      '&deviceName=',
      '&',
      '=',
      '%',
      '%0',
      '%zz',
      '[]',
    );
    const chunk = fc.oneof(
      fragment.map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    );
    const body = fc.array(chunk, { maxLength: 12 }).map((chunks) => Buffer.concat(chunks));
    await besideOthers(fc.tuple(body, cuts), async ([bytes, sizes]) => {
      const head = cSdkRequest('').replace('Content-Length: 0', `Content-Length: ${bytes.length}`);
      const answer = await send(Buffer.concat([Buffer.from(head), bytes]), sizes);
      expect(answer).toMatch(envelope('460|401'));
    });
  });

  it('answers a request with some bytes changed in words that are known, or not at all', async () => {
    await besideOthers(fc.tuple(edits, cuts), async ([changes, sizes]) => {
      const body = new URLSearchParams(formOf(registrant())).toString();
      const bytes = edited(Buffer.from(cSdkRequest(body)), changes);
      const answer = await send(bytes, sizes, true);
      // A changed length makes a second request of the rest.
      const lines = answer.match(/HTTP\/1\.1 \d+ /g) ?? [];
      for (const line of lines) expect(line).toMatch(/ (100|200|400|404|431) $/);
      const isOnly = lines.length === 1 && lines.join('').includes(' 200 ');
      if (isOnly) expect(answer).toMatch(envelope('200|401|460'));
    });
  });
});
