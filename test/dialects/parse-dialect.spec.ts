import { describe, expect, it } from 'vitest';
import { dialects } from '../../src/at/find-dialect.js';
import { usual } from '../../src/at/dialects/common.js';
import { Secret } from '../../src/core/secret.js';
import { parseDialect } from '../../src/dialects/parse-dialect.js';
import { knownValues } from '../../src/dialects/template-problems.js';
import { unitValues } from '../../src/jig/unit-values.js';
import { exampleWith } from './example.js';

/** Shape: `path: message`. */
function problemsOf(value: unknown): readonly string[] {
  const parsed = parseDialect(value);
  return 'problems' in parsed
    ? parsed.problems.map(({ path, message }) => `${path}: ${message}`)
    : [];
}

it.each(dialects.map((dialect) => [dialect.id, dialect] as const))(
  'the built-in %s passes, and is the same when it comes back from JSON',
  (id, dialect) => {
    const own: unknown = JSON.parse(JSON.stringify({ ...dialect, id: `own-${id}` }));
    expect(parseDialect(own)).toEqual({ dialect: { ...dialect, id: `own-${id}` } });
  },
);

it('what hardly differs may be left out', () => {
  const parsed = parseDialect(exampleWith());
  expect(parsed).toMatchObject({
    dialect: { ...usual, readBack: { prepare: [], emptyErrors: [] } },
  });
});

it.each<[string, boolean, Record<string, unknown>]>([
  ['a field of a wrong type', true, { label: 7 }],
  ['a field that is unknown', true, { colour: 'red' }],
  ['a pattern that is refused', true, { banners: ['(a|a)*'] }],
  ['a capture that is refused', true, { 'match.0.capture.pattern': '^(?<value>x)' }],
  ['an id that is taken', false, { id: 'lierda-lmqtt' }],
])('after %s more may be wrong: %s', (_, hasMore, changes) => {
  expect(parseDialect(exampleWith(changes))).toMatchObject({ hasMore });
});

it('a command may name what a unit holds, and nothing else', () => {
  const triple = { productKey: 'a1', deviceName: 'd', deviceSecret: new Secret('s') };
  const values = unitValues(triple, { host: 'h', port: 1 });
  expect(Object.keys(values).sort()).toEqual([...knownValues.unit].sort());
});

describe('a dialect that cannot be used is refused with the field that is meant:', () => {
  const capture = 'readBack.commands.0.captures.0';
  it.each<[string, Record<string, unknown>, RegExp]>([
    ['a wrong type', { label: 7 }, /^label: .*string/],
    [
      'a wrong type deep inside',
      { 'write.0.rules.deviceName.maxBytes': '32' },
      /^write\.0\.rules\.deviceName\.maxBytes: .*number/,
    ],
    ['a list for an object', { uart: [] }, /^uart: /],
    ['an unknown field', { colour: 'red' }, /^colour: is no field/],
    ['an unknown field deep inside', { 'restart.wait': 3 }, /^restart\.wait: is no field/],
    ['a missing field', { banners: undefined }, /^banners: /],
    ['an id with capitals', { id: 'ACME' }, /^id: 2-40 of/],
    ['the id of a built-in dialect', { id: 'lierda-lmqtt' }, /^id: a built-in dialect/],
    ['a baud rate of nothing', { 'uart.baudRates': [0] }, /^uart\.baudRates\.0: /],
    ['a baud rate twice', { 'uart.baudRates': [9600, 9600] }, /^uart\.baudRates: .*twice/],
    ['a line without end', { maxLineBytes: 1e9 }, /^maxLineBytes: /],
    ['a wait of days', { answerMs: 1e9 }, /^answerMs: /],
    ['a line break in a command', { 'restart.command': 'AT\rATZ' }, /^restart\.command: printable/],
    [
      'a value in a command that takes none',
      { prologue: ['ATE{host}'] },
      /^prologue\.0: no values/,
    ],
    [
      'a question of the family that sets something',
      { 'match.0.command': 'AT+CFUN=0' },
      /^match\.0\.command: asks/,
    ],
    ['nothing to tell units apart', { 'identity.imei': [] }, /^identity: imei, sn or mac/],
    [
      'a value that nobody knows',
      { 'write.0.text': 'AT+X={productkey},{deviceSecret}' },
      /^write\.0\.text: \{productkey\} is no value: known are productKey/,
    ],
    [
      'a value without a rule',
      { 'write.0.rules.deviceSecret': undefined },
      /^write\.0\.rules: \{deviceSecret\} has no rule/,
    ],
    [
      'a rule without a place',
      { 'write.0.rules.port': { kind: 'integer', min: 1, max: 9 } },
      /^write\.0\.rules\.port: the text has no/,
    ],
    [
      'a brace that is no value',
      { 'write.0.text': 'AT+X={device name}' },
      /^write\.0\.text: has \{ or \}/,
    ],
    [
      'a text as a number',
      { 'write.0.rules.deviceName': { kind: 'integer', min: 1, max: 9 } },
      /^write\.0\.rules\.deviceName: deviceName is a text/,
    ],
    [
      'raw data in a command',
      { 'write.0.rules.deviceName': { kind: 'raw', maxBytes: 9 } },
      /^write\.0\.rules\.deviceName: raw is for data/,
    ],
    [
      'evil characters',
      { 'write.0.rules.deviceName.characters': 'a*' },
      /^write\.0\.rules\.deviceName\.characters: could take/,
    ],
    [
      'a module registration that gives nothing known',
      { moduleRegistration: { commands: ['AT+X={productSecret}'], gives: 'luck' } },
      /^moduleRegistration\.gives: /,
    ],
    [
      'a module registration without the product secret',
      { moduleRegistration: { commands: ['AT+X={deviceName}'], gives: 'deviceToken' } },
      /^moduleRegistration\.commands: no command names \{productSecret\}/,
    ],
    [
      'a module registration with a value that nobody knows',
      { moduleRegistration: { commands: ['A={secret},{productSecret}'], gives: 'deviceToken' } },
      /^moduleRegistration\.commands\.0: \{secret\} is no value: known are productKey/,
    ],
    [
      'an exponential pattern',
      { 'banners.0': 'RDY(a|a)*' },
      /^banners\.0: could take a very long time/,
    ],
    [
      'a polynomial pattern',
      { 'match.0.capture.pattern': '.*a.*b.*(?<value>c)' },
      /^match\.0\.capture\.pattern: could take/,
    ],
    [
      'an evil counted head',
      { countedHeads: ['.*:(?<length>\\d+)'] },
      /^countedHeads\.0: could take/,
    ],
    [
      'a counted head without a length',
      { countedHeads: ['\\+R: \\d+,'] },
      /^countedHeads\.0: needs the group length/,
    ],
    ['a pattern that cannot be read', { busyLines: ['busy('] }, /^busyLines\.0: is no pattern/],
    ['a banner that fits every line', { 'banners.0': '.*' }, /^banners\.0: needs two characters/],
    [
      'a group with another name',
      { [`${capture}.pattern`]: '\\+LMQTTCFG: (?<devicename>.*)' },
      /captures\.0\.pattern: the group devicename means nothing here: known are productKey/,
    ],
    [
      'an identity without a value',
      { 'identity.imei.0.capture.pattern': '\\d{15}' },
      /^identity\.imei\.0\.capture\.pattern: needs the group value/,
    ],
    [
      'a proof that is not read',
      { [`${capture}.pattern`]: '\\+LMQTTCFG: (?<deviceSecret>.*)' },
      /^readBack\.proves\.0: no pattern has the group productKey/,
    ],
    [
      'a proof that is not written',
      { 'readBack.proves': ['clientId'] },
      /^readBack\.proves\.0: no command writes \{clientId\}/,
    ],
    [
      'a clear read-back that proves no secret',
      { 'readBack.proves': ['deviceName'] },
      /^readBack\.mode: clear has to prove/,
    ],
    [
      'a masked read-back that proves a secret',
      { 'readBack.mode': 'masked' },
      /^readBack\.mode: masked proves no secret/,
    ],
    ['no read-back that has commands', { 'readBack.mode': 'none' }, /^readBack\.mode: with none/],
    [
      'a read-back without commands',
      { 'readBack.commands': [] },
      /^readBack\.mode: clear needs commands/,
    ],
    ['nothing secret to write', { 'write.0': { text: 'AT+SAVE' } }, /^write: no command writes/],
    [
      'a secret that a transcript would show',
      { secretHeads: [] },
      /captures\.0\.pattern: every line that fits has to hold one of secretHeads/,
    ],
    [
      'a secret head that may be missing',
      { [`${capture}.pattern`]: '(?:\\+LMQTTCFG: )?(?<deviceSecret>.*)' },
      /captures\.0\.pattern: every line that fits/,
    ],
    [
      'a secret that is not called one',
      { [`${capture}.secrets`]: undefined },
      /captures\.0\.pattern: the group deviceSecret has to be listed/,
    ],
    ['no end of the restart', { banners: [] }, /^restart\.hasFinal: without a final result/],
    [
      'an empty final result',
      { extraFinals: { success: [''], failure: [] } },
      /^extraFinals\.success\.0: /,
    ],
    [
      'a final result that means both',
      { extraFinals: { success: ['DONE'], failure: ['DONE'] } },
      /^extraFinals\.failure\.0: DONE means success/,
    ],
    [
      'a success that is a final result',
      { 'write.0.success': { pattern: 'OK' } },
      /^write\.0\.success\.pattern: OK is a final result/,
    ],
    [
      'a success that is a banner',
      { 'write.0.success': { pattern: 'RDY' } },
      /^write\.0\.success\.pattern: RDY is a banner/,
    ],
    [
      'a success that is empty',
      { 'write.0.success': { pattern: '(?:)' } },
      /^write\.0\.success\.pattern: fits the empty line only/,
    ],
    [
      'a success that is a failure first',
      { 'write.0.success': { pattern: 'A' }, 'write.0.failure': { pattern: 'A' } },
      /^write\.0\.success: failure has the same/,
    ],
    [
      'a read-back taken for an unsolicited line',
      { urcHeads: ['+LMQTT'] },
      /captures\.0\.pattern: lines that begin with \+LMQTT are taken/,
    ],
  ])('%s', (_, changes, problem) => {
    expect(problemsOf(exampleWith(changes))).toContainEqual(expect.stringMatching(problem));
  });

  it('all that is wrong at once', () => {
    const problems = problemsOf(exampleWith({ colour: 'red', label: 7, persistence: 'glass' }));
    expect(problems.map((line) => line.split(':')[0]).sort()).toEqual([
      'colour',
      'label',
      'persistence',
    ]);
  });

  it.each([[null], [7], ['{}'], [[]]])('%j, which is no dialect at all', (value) => {
    expect(problemsOf(value)).toHaveLength(1);
  });
});
