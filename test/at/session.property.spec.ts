import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { espAt } from '../../src/at/dialects/esp-at.js';
import { dialects } from '../../src/at/find-dialect.js';
import type { Dialect } from '../../src/at/dialect.js';
import * as scripts from '../../src/at/scripts.js';
import type { SessionEvent } from '../../src/at/session-state.js';
import type { Script } from '../../src/at/step.js';
import { Secret } from '../../src/core/secret.js';
import { VirtualSession, longestMs } from './virtual-session.js';

const secret = '390358fc595040aa73221e8393aba86c';
const password = 'b'.repeat(63) + 'a';
const values = {
  productKey: 'a1JszCpjS61',
  deviceName: 'NT35E_1',
  deviceSecret: new Secret(secret),
  productSecret: new Secret(secret.slice(0, 16)),
  clientId: 'NT35E_1|x|',
  username: 'NT35E_1&a1JszCpjS61',
  password: new Secret(password),
  host: 'broker.test',
  port: 1883,
};
const ends = ['done', 'refused', 'timeout', 'module_reset', 'aborted', 'closed'];

/** Every script that a dialect has. */
function scriptsOf(dialect: Dialect): readonly Script[] {
  const { identity, network } = dialect;
  const names = ['imei', 'sn', 'mac', 'iccid', 'firmware'] as const;
  return [
    scripts.syncScript(dialect, false),
    scripts.syncScript(dialect, true),
    ...names.flatMap((name) =>
      (identity[name] ?? []).map((_, at) => scripts.identityScript(dialect, name, at)),
    ),
    scripts.writeScript(dialect, values),
    scripts.readBackScript(dialect, values),
    scripts.restoreScript(dialect, values),
    scripts.restartScript(dialect),
    ...(network === undefined ? [] : [scripts.registerScript(dialect, network, values)]),
  ];
}

type Happening = SessionEvent | { readonly kind: 'wait'; readonly ms: number };

/** What a module of this family may say, in any order and cut anywhere. */
function happenings(dialect: Dialect): fc.Arbitrary<readonly Happening[]> {
  const { banners, busyLines, urcHeads, readBack, network, secretHeads } = dialect;
  const plain = (pattern: string): string => pattern.replace(/\\(.)/g, '$1').replace(/\[.*/, '');
  const lines = [
    ...['OK', 'ERROR', '+CME ERROR: 3', '+CME ERROR: bad (#33)', '', '0', '862000000000001', '> '],
    ...[...banners, ...busyLines].map((line) =>
      line.startsWith('busy') ? 'busy p...' : plain(line),
    ),
    ...urcHeads.map((head) => `${head} 0,0`),
    ...readBack.commands.map(({ text }) => text),
    ...secretHeads.map((head) => `${head} "aliauth",0,"pk","dn","${secret}"`),
    ...['ATE0', `x${secret}`, `+CME ERROR: bad ${secret}`, 'y'.repeat(5_000)],
    ...[network?.open.success, network?.connect.success].flatMap((line) =>
      line === undefined ? [] : [plain(line.pattern)],
    ),
    `+LMQTTURC: RECV,0,1,"/ext/register",{"deviceSecret":"${secret}"}`,
  ];
  const said = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...lines).map((line) => `${line}\r\n`) },
    { weight: 1, arbitrary: fc.constantFrom('> ', '>', '0\r', '\0', '\xff\xff', secret.slice(9)) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary-ascii', maxLength: 12 }) },
  );
  const bytes = fc
    .array(said, { minLength: 1, maxLength: 4 })
    .map((parts): Happening => ({ kind: 'bytes', bytes: Buffer.from(parts.join(''), 'latin1') }));
  const wait = fc.constantFrom(1, 140, 160, 999, 5_000, 20_000);
  return fc.array(
    fc.oneof(
      { weight: 12, arbitrary: bytes },
      { weight: 4, arbitrary: wait.map((ms): Happening => ({ kind: 'wait', ms })) },
      { weight: 1, arbitrary: fc.nat(9).map((id): Happening => ({ kind: 'timer', id })) },
      { weight: 1, arbitrary: fc.constantFrom<Happening>({ kind: 'abort' }, { kind: 'closed' }) },
    ),
    { maxLength: 25 },
  );
}

function play(session: VirtualSession, script: Script, events: readonly Happening[]): void {
  session.start(script);
  for (const event of events) {
    if (session.result !== undefined) {
      break;
    }
    expect(session.hasWayOut).toBe(true);
    if (event.kind === 'wait') {
      session.wait(event.ms);
    } else {
      session.take(event);
    }
  }
  session.waitOut(1_000);
}

/** What could be seen of a secret: any eight characters of it in a row. */
const pieces = [secret, password].flatMap((text) =>
  Array.from({ length: text.length - 7 }, (_, at) => text.slice(at, at + 8)),
);

describe.each(dialects.map((dialect) => [dialect.id, dialect] as const))('%s', (_, dialect) => {
  const all = scriptsOf(dialect);

  it('ends every script within its time, whatever the module says, and shows no secret', () => {
    const which = fc.nat(all.length - 1);
    fc.assert(
      fc.property(
        which,
        which,
        happenings(dialect),
        happenings(dialect),
        (one, other, ...events) => {
          const session = new VirtualSession(dialect);
          // Once a write has begun, whatever comes is masked.
          session.state = { ...session.state, isMaskedForGood: true };
          for (const [at, script] of [all[one], all[other]].entries()) {
            const from = session.nowMs;
            play(session, script ?? { steps: [], watches: {} }, events[at] ?? []);
            expect(ends).toContain(session.result?.end);
            expect(session.isIdle).toBe(true);
            const most = (script?.steps ?? []).reduce((sum, step) => sum + longestMs(step), 0);
            expect(session.nowMs - from).toBeLessThanOrEqual(most + 20_000); // the last wait is ours
          }
          const seen = session.shown.join('\n');
          expect(pieces.filter((piece) => seen.includes(piece))).toEqual([]);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe.each([
  ['newlines', '\n'],
  ['bytes without an end', 'x'],
  ['URCs', '+CEREG: 1\r\n'],
  ['that it is busy', 'busy p...\r\n'],
  ['prompts', '\r\n> '],
])('a module that never stops saying %s', (_, trickle) => {
  const scriptsOfEsp = scriptsOf(espAt).filter(({ steps }) => steps.length > 0);

  it.each(scriptsOfEsp.map((script) => [script.steps[0]?.id, script] as const))(
    'does not stretch the time of a script that begins with %s',
    (__, script) => {
      const session = new VirtualSession(espAt);
      session.start(script);
      const most = script.steps.reduce((sum, step) => sum + longestMs(step), 0);
      const pauseMs = espAt.quietMs - 10; // never quiet
      while (session.result === undefined && session.nowMs <= most) {
        session.take({ kind: 'bytes', bytes: Buffer.from(trickle) });
        session.wait(pauseMs);
      }
      expect(session.result?.end).toMatch(/timeout|done/);
    },
  );
});
