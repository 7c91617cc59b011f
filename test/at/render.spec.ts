import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lierdaLmqtt } from '../../src/at/dialects/lierda-lmqtt.js';
import { renderCommand, renderData } from '../../src/at/render.js';
import type { ArgumentRule, CommandArguments } from '../../src/at/render.js';
import { DomainError } from '../../src/core/errors.js';
import { Secret } from '../../src/core/secret.js';

const render = (rule: ArgumentRule, value: string | number | Secret): string =>
  renderCommand({ text: 'AT+X={a}', rules: { a: rule } }, { a: value }).line.expose();

function refused(work: () => unknown): DomainError {
  try {
    work();
  } catch (error) {
    if (error instanceof DomainError) {
      return error;
    }
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('rendering a command', () => {
  it('gives the two write commands of the article, byte for byte', () => {
    const values: CommandArguments = {
      productKey: 'a1JszCpjS61',
      deviceName: 'NT35E_06011',
      deviceSecret: new Secret('390358fc595040aa73221e8393aba86c'),
    };
    const lines = lierdaLmqtt.write.map((template) =>
      renderCommand(template, values).line.expose(),
    );
    expect(lines).toEqual([
      'AT+LMQTTCFG="cloud",0,2,1',
      'AT+LMQTTCFG="aliauth",0,"a1JszCpjS61","NT35E_06011","390358fc595040aa73221e8393aba86c"',
    ]);
    expect(lines.map((line) => line.length + 1)).toEqual([26, 87]);
  });

  it.each([
    ['a quote', 'a"b'],
    ['a backslash', 'a\\b'],
    ['a semicolon', 'a;AT+CFUN=0'],
    ['CR', 'a\rAT+CFUN=0'],
    ['LF', 'a\nb'],
    ['Ctrl-Z', 'a\x1a'],
    ['ESC', 'a\x1b'],
    ['NUL', 'a\0'],
    ['DEL', 'a\x7f'],
    ['a byte from 0x80', 'a\x80'],
    ['a Chinese character', '模组'],
    ['one byte too many', 'x'.repeat(33)],
  ])('refuses %s, and does not repeat it', (_, value) => {
    const error = refused(() => render({ kind: 'quoted', maxBytes: 32 }, new Secret(value)));
    expect(error.code).toBe('command.argument_refused');
    expect(JSON.stringify([error.message, error.data])).not.toContain(value.slice(0, 4));
  });

  it('cannot be made to begin another command, whatever the values', () => {
    const template = lierdaLmqtt.write[1];
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), fc.string(), (pk, dn, ds) => {
        const values = { productKey: pk, deviceName: dn, deviceSecret: new Secret(ds) };
        try {
          const line = renderCommand(template ?? { text: '', rules: {} }, values).line.expose();
          expect(line).toMatch(/^AT\+LMQTTCFG="aliauth",0,"[^"\\;]*","[^"\\;]*","[^"\\;]*"$/);
          expect(line).toMatch(/^[\x20-\x7e]+$/);
        } catch (error) {
          expect(error).toMatchObject({ code: 'command.argument_refused' });
        }
      }),
    );
  });

  it('escapes where the dialect can', () => {
    expect(render({ kind: 'quoted', maxBytes: 9, escape: 'backslash' }, 'a"b\\,')).toBe(
      'AT+X="a\\"b\\\\\\,"',
    );
    expect(render({ kind: 'quoted', maxBytes: 9, escape: 'hex' }, 'a"b\\;')).toBe(
      'AT+X="a\\22b\\5C\\3B"',
    );
  });

  it.each([0, 65_536, 1.5, Number.NaN, '1883', '1;AT'])('refuses %j as a port', (value) => {
    const rule = { kind: 'integer', min: 1, max: 65_535 } as const;
    expect(refused(() => render(rule, value)).code).toBe('command.argument_refused');
  });

  it('refuses a value that is missing', () => {
    const template = { text: 'AT+X={a}', rules: { a: { kind: 'quoted', maxBytes: 9 } } } as const;
    expect(refused(() => renderCommand(template)).code).toBe('command.argument_refused');
  });

  it('shows our own text and every argument masked', () => {
    const template = {
      text: 'AT+X="key",{a},{b}',
      rules: { a: { kind: 'quoted', maxBytes: 9 }, b: { kind: 'integer', min: 0, max: 9 } },
    } as const;
    const command = renderCommand(template, { a: new Secret('hush'), b: 7 });
    expect(command.shown((text) => `<${text.length}>`)).toBe('AT+X="key","<4>",7');
    expect(JSON.stringify(command)).not.toContain('hush');
  });

  it('shows the host of the broker, and no number that is a secret', () => {
    const text = { kind: 'quoted', maxBytes: 64 } as const;
    const template = { text: 'AT+X={host},{password}', rules: { host: text, password: text } };
    const password = new Secret('1234567890123456');
    const command = renderCommand(template, { host: 'broker.test', password });
    expect(command.shown((hidden) => `<${hidden.length}>`)).toBe('AT+X="broker.test","<16>"');
  });

  it.each([
    ['AT+CGSN=1', '+CGSN:'],
    ['AT%CMNG=1,4242,3', '%CMNG:'],
    ['AT#XRESET', '#XRESET:'],
    ['ATE0', undefined],
    ['AT', undefined],
  ])('knows how an answer to %s begins', (text, head) => {
    expect(renderCommand({ text, rules: {} }).answerHead).toBe(head);
  });

  it('takes no argument for the name of a command', () => {
    const rules = { a: { kind: 'bare', maxBytes: 8 } } as const;
    for (const text of ['AT+{a}', 'AT+X{a}']) {
      expect(renderCommand({ text, rules }, { a: 'HUSH' }).answerHead).toBeUndefined();
    }
  });

  it.each([
    ['a comma', 'a,b'],
    ['a semicolon', 'a;b'],
    ['a quote', 'a"b'],
    ['a backslash', 'a\\b'],
    ['a blank', 'a b'],
    ['nothing', ''],
    ['CR', 'a\rb'],
    ['one byte too many', 'x'.repeat(9)],
  ])('refuses %s where there are no quotes', (_, value) => {
    expect(refused(() => render({ kind: 'bare', maxBytes: 8 }, new Secret(value))).code).toBe(
      'command.argument_refused',
    );
  });

  it('puts a bare argument in as it is, and masks it', () => {
    const template = { text: 'AT+X={a},0', rules: { a: { kind: 'bare', maxBytes: 8 } } } as const;
    const command = renderCommand(template, { a: new Secret('hush') });
    expect(command.line.expose()).toBe('AT+X=hush,0');
    expect(command.shown((text) => `<${text.length}>`)).toBe('AT+X=<4>,0');
  });
});

describe('counted data', () => {
  const rules = { a: { kind: 'raw', maxBytes: 8 } } as const;

  it('is announced by its length, which needs no rule', () => {
    const template = { text: 'AT+X=7,{a.length}', rules: {} };
    expect(renderCommand(template, { a: new Secret('a"b,') }).line.expose()).toBe('AT+X=7,4');
    expect(refused(() => renderCommand(template)).code).toBe('command.argument_refused');
  });

  it('carries what no command could', () => {
    expect(renderData({ text: '{a}', rules }, { a: new Secret('a";,\\ ') }).expose()).toBe(
      'a";,\\ ',
    );
  });

  it.each(['a\rb', 'a\x1a', '模', 'x'.repeat(9)])('refuses %j', (value) => {
    expect(refused(() => renderData({ text: '{a}', rules }, { a: value })).code).toBe(
      'command.argument_refused',
    );
  });

  it('is never a part of a command', () => {
    expect(refused(() => render({ kind: 'raw', maxBytes: 8 }, 'a;b')).code).toBe(
      'command.argument_refused',
    );
  });
});
