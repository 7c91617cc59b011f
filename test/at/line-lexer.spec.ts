import { describe, expect, it } from 'vitest';
import { lexAll, options } from './lex-all.js';

const line = (text: string) => ({ kind: 'line', text });

describe('the line lexer', () => {
  it.each([
    ['an echo that ends with CR', 'AT\r\r\nOK\r\n', ['AT', 'OK']],
    ['an echo without CR and LF of its own', 'AT\r\nOK\r\n', ['AT', 'OK']],
    ['no echo', '\r\nOK\r\n', ['OK']],
    ['no blank line before the answer', '+CSQ: 1,99\r\nOK\r\n', ['+CSQ: 1,99', 'OK']],
    ['CR twice', '\r\r\nOK\r\r\n', ['OK']],
    ['LF only', '\nOK\n', ['OK']],
    ['NUL before, within and after', '\0\0O\0K\r\0\n', ['OK']],
    ['bytes beyond ASCII', '\xff\xfeRDY\r\n', ['\xff\xfeRDY']],
    ['a prompt sign that nobody waits for', '> OK\r\n', ['> OK']],
    ['a payload with commas and quotes', '+X: a,"b",{"c":1}\r\n', ['+X: a,"b",{"c":1}']],
  ])('splits lines with %s', (_, bytes, lines) => {
    expect(lexAll(bytes)).toEqual(lines.map(line));
  });

  it('keeps a begun line for later', () => {
    expect(lexAll('\r\nO')).toEqual([]);
  });

  it('tells a prompt without an end of line, and drops its blank', () => {
    expect(lexAll('\r\n> \r\nOK\r\n', { isPromptArmed: true })).toEqual([
      { kind: 'prompt' },
      line('OK'),
    ]);
    expect(lexAll('\r\n>OK\r\n', { isPromptArmed: true })).toEqual([
      { kind: 'prompt' },
      line('OK'),
    ]);
  });

  it('drops the blank behind a prompt also when a NUL comes between', () => {
    expect(lexAll('>\0 OK\r\n', { isPromptArmed: true })).toEqual([{ kind: 'prompt' }, line('OK')]);
  });

  it('tells one prompt only, so that echoed data cannot ask for more', () => {
    expect(lexAll('> >> \r\n', { isPromptArmed: true })).toEqual([{ kind: 'prompt' }, line('>> ')]);
  });

  it('throws an overlong line away and goes on behind it', () => {
    const long = 'x'.repeat(options.maxLineBytes + 1);
    expect(lexAll(`${long}\r\nOK\r\n`)).toEqual([
      { kind: 'overlong', sizeBytes: options.maxLineBytes + 2 },
      line('OK'),
    ]);
  });

  it('finds no final result in a counted payload', () => {
    expect(lexAll('+RECV: 0,"t",9,"a\r\nOK\r\n>>"\r\nOK\r\n')).toEqual([
      line('+RECV: 0,"t",9,"a\r\nOK\r\n>>"'),
      line('OK'),
    ]);
  });

  it('finds no final result in a payload counted on the line before', () => {
    expect(lexAll('+RXPAYLOAD: 6\r\n\r\nOK\r\n\r\nERROR\r\n')).toEqual([
      line('+RXPAYLOAD: 6\r\n\r\nOK\r\n'),
      line('ERROR'),
    ]);
  });

  it('does not believe a count beyond its limit', () => {
    expect(lexAll('+RECV: 0,"t",9999,"a\r\nOK\r\n')).toEqual([
      line('+RECV: 0,"t",9999,"a'),
      line('OK'),
    ]);
  });
});
