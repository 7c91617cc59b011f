import { describe, expect, it } from 'vitest';
import type { DialectCommand } from '../../src/at/dialect.js';
import { lierdaLmqtt } from '../../src/at/dialects/lierda-lmqtt.js';
import { restoreScript, writeScript } from '../../src/at/scripts.js';
import { SessionTrace } from './session-trace.js';

const ok = '\r\nOK\r\n';

function write(...commands: readonly DialectCommand[]): SessionTrace {
  const dialect = { ...lierdaLmqtt, write: commands };
  return new SessionTrace(dialect).start(writeScript(dialect, { a: 'hush' }));
}

describe('a command with a line that has to come', () => {
  const command = { text: 'AT+X', rules: {}, success: { pattern: '\\+X: 1' }, timeoutMs: 7_000 };

  it.each([
    ['before the OK', `+X: 1\r\n${ok}`],
    ['after the OK', `${ok}+X: 1\r\n`],
  ])('is done when it comes %s', (_, bytes) => {
    expect(write(command).receive(bytes).result).toMatchObject({ end: 'done' });
  });

  it('is not done by OK alone, and waits its own time', () => {
    const trace = write(command).receive(ok);
    expect(trace.result).toBeUndefined();
    expect(trace.ring('step')).toBe(7_000);
    expect(trace.result).toMatchObject({ end: 'timeout' });
  });

  it('is refused by ERROR', () => {
    expect(write(command).receive('ERROR\r\n').result).toMatchObject({ end: 'refused' });
  });
});

describe('a command with a line that means refused', () => {
  const command = { text: 'AT+X', rules: {}, failure: { pattern: '\\+X: (?<code>0)' } };

  it('is refused although OK follows', () => {
    const { result } = write(command).receive(`+X: 0\r\n${ok}`);
    expect(result).toMatchObject({ end: 'refused', steps: [{ urc: { fields: { code: '0' } } }] });
  });

  it('is done without it', () => {
    expect(write(command).receive(ok).result).toMatchObject({ end: 'done' });
  });
});

it('counted data goes out after the second of two answers only, and is masked', () => {
  const data = { text: '{a}', rules: { a: { kind: 'raw', maxBytes: 9 } } } as const;
  const trace = write({ text: 'AT+X={a.length}', rules: {}, data });
  trace.receive(ok);
  expect(trace.sent).toEqual(['AT+X=4\r']);
  trace.receive('\r\n>');
  expect(trace.sent).toEqual(['AT+X=4\r', 'hush']);
  expect(trace.receive(ok).result).toMatchObject({ end: 'done' });
  expect(trace.shown.join()).not.toContain('hush');
});

it('an optional command may be refused, and the next is sent', () => {
  const optional = { text: 'AT+X', rules: {}, isOptional: true };
  const trace = write(optional, { text: 'AT+Y', rules: {} }).receive('ERROR\r\n');
  expect(trace.sent).toEqual(['AT+X\r', 'AT+Y\r']);
});

it('a command takes its own time where it names one', () => {
  expect(write({ text: 'AT+X', rules: {}, timeoutMs: 9_000 }).ring('step')).toBe(9_000);
});

it('what restores a profile is masked, for it may print what it restores', () => {
  const prepare = [{ text: 'AT+R', rules: {} }];
  const dialect = { ...lierdaLmqtt, readBack: { ...lierdaLmqtt.readBack, prepare } };
  const trace = new SessionTrace(dialect).start(restoreScript(dialect, {})).receive('hush\r\n');
  expect(trace.shown.join()).not.toContain('hush');
});
