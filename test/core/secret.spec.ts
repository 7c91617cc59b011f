import { format, inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { DomainError } from '../../src/core/errors.js';
import { Secret } from '../../src/core/secret.js';
import { serializeError } from '../../src/platform/logger.js';

const text = 'hunter2-hunter2-hunter2';
const secret = new Secret(text);
const holder = { name: 'a product', secret, list: [secret] };

describe('a secret', () => {
  it('gives its text to who asks for it', () => {
    expect(secret.expose()).toBe(text);
  });

  it.each([
    ['String()', String(secret)],
    ['a concatenation', 'secret: ' + secret.toString()],
    ['JSON', JSON.stringify(holder)],
    ['inspect', inspect(holder, { depth: 9, showHidden: true })],
    [
      'inspect without custom functions',
      inspect(secret, { customInspect: false, showHidden: true }),
    ],
    ['console formats', format('%s %o %O %j %d', secret, secret, holder, holder, secret)],
    ['its keys and values', JSON.stringify([Object.entries(secret), Reflect.ownKeys(secret)])],
    ['a copy', JSON.stringify(structuredClone(Object.assign({}, secret)))],
    ['the message of an error', String(new Error(`cannot use ${String(secret)}`))],
    [
      'an error as it is logged',
      JSON.stringify(
        serializeError(
          new DomainError('internal', String(secret), holder, {
            cause: Object.assign(new Error('inner'), { parameters: [secret], secret }),
          }),
        ),
      ),
    ],
    ['an error as it is printed', inspect(new DomainError('internal', 'outer', holder))],
  ])('does not show in %s', (_, shown) => {
    expect(shown).not.toContain('hunter2');
  });

  it('shows that there was one', () => {
    expect(String(secret)).toBe('[secret]');
    expect(JSON.stringify({ secret })).toBe('{"secret":"[secret]"}');
    expect(inspect({ secret })).toBe('{ secret: [secret] }');
  });
});
