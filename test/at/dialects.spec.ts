import { describe, expect, it } from 'vitest';
import type { Dialect } from '../../src/at/dialect.js';
import { dialects, findDialect } from '../../src/at/find-dialect.js';

const named = dialects.map((dialect): [string, Dialect] => [dialect.id, dialect]);
const hidden = ['deviceSecret', 'password'];

/** Every pattern of a dialect, whatever it is for. */
function patternsOf(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([key, part]: [string, unknown]) =>
    key === 'pattern' && typeof part === 'string' ? [part] : patternsOf(part),
  );
}

it('every dialect has an id of its own, by which it is found', () => {
  expect(new Set(dialects.map(({ id }) => id)).size).toBe(dialects.length);
  for (const dialect of dialects) {
    expect(findDialect(dialect.id)).toBe(dialect);
  }
});

describe.each(named)('%s', (_, dialect) => {
  const { readBack, write } = dialect;

  it('is plain JSON', () => {
    expect(JSON.parse(JSON.stringify(dialect))).toEqual(dialect);
  });

  it('asks nothing twice to find out who a unit is', () => {
    const { imei, sn, mac = [], iccid, firmware } = dialect.identity;
    for (const queries of [imei, sn, mac, iccid, firmware]) {
      const commands = queries.map(({ command }) => command);
      expect(new Set(commands).size).toBe(commands.length);
    }
  });

  it('has patterns that can be read', () => {
    const patterns = [...patternsOf(dialect), ...dialect.banners, ...dialect.busyLines];
    for (const pattern of [...patterns, ...dialect.countedHeads]) {
      expect(() => new RegExp(pattern)).not.toThrow();
    }
  });

  it('proves a secret that it writes, or says that it proves nothing', () => {
    const isProving = readBack.mode === 'clear' || readBack.mode === 'fingerprint';
    expect(readBack.proves.some((name) => hidden.includes(name))).toBe(isProving);
    expect(readBack.commands.length > 0).toBe(readBack.mode !== 'none');
    const written = JSON.stringify(write);
    for (const name of readBack.proves) {
      expect(written).toContain(`{${name}}`);
    }
  });

  it('captures every value that it proves, and the secret ones as secrets', () => {
    const captures = readBack.commands.flatMap((command) => command.captures);
    for (const name of readBack.proves) {
      const own = captures.filter(({ pattern }) => pattern.includes(`(?<${name}>`));
      expect(own).not.toEqual([]);
      for (const { secrets } of own) {
        expect(!hidden.includes(name) || secrets?.includes(name)).toBe(true);
      }
    }
  });

  it('masks the lines of its read-back in every step', () => {
    for (const { captures } of readBack.commands) {
      for (const { pattern, secrets } of captures) {
        const head = pattern.replace(/\\([+%#])/g, '$1');
        const isKnown = dialect.secretHeads.some((known) => head.startsWith(known));
        expect(secrets === undefined || isKnown).toBe(true);
      }
    }
  });
});
