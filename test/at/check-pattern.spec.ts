import { expect, it } from 'vitest';
import { checkPattern } from '../../src/at/check-pattern.js';

const deep = (times: string): string => `${'(?:'.repeat(120)}a${`)${times}`.repeat(120)}`;

it.each([
  ['(a|a)*'],
  ['(a+)+'],
  ['(a*)*b'],
  ['([a-z]+)*,'],
  ['(x+x+)+y'],
  ['(\\w+\\s?)*!'],
  ['(?:a|b|ab)*c'],
  ['(?:a|a?)+'],
  ['(?:,?"?)*x'],
  ['(?:a?){30}a{30}'],
  ['.*.*.*x'],
  ['.*,.*,x'],
  ['a*a*a*a*b'],
  [deep('*')],
  [deep('?')],
])('%s could take for ever and is refused', (pattern) => {
  expect(checkPattern(pattern, 4_096)).toMatch(/^could take a very long time/);
});

it('a pattern that could take for ever is refused without being tried', () => {
  const before = process.cpuUsage();
  for (let times = 0; times < 5; times += 1) checkPattern(deep('*'), 8_192);
  expect(process.cpuUsage(before).user / 1_000_000).toBeLessThan(5);
});

it.each([
  ['a{1,4096}', /^is too large/],
  ['(?:(?:a{1000}){1000}){1000}', /^is too large/],
  ['(?=a)b', /has "\(\?=a" at 0/],
  ['(a)\\1', /at 3/],
  ['^a$', /at 0/],
  ['\\bword', /at 0/],
  ['a)|(?:b', /^is no pattern/],
  ['a{', /at 1/],
  ['[b-a]', /^is no pattern/],
  ['(?<n>a)(?<n>b)', /^is no pattern/],
])('%s is refused with the reason', (pattern, message) => {
  expect(checkPattern(pattern, 4_096)).toMatch(message);
});

it.each([
  ['[^,]*,[^,]*,[^,]*'],
  ['\\+X: ?"?(?<a>[^",]*)"?,"?(?<b>[^",]*)"?'],
  ['.*(?<value>NT35E|NT26[EFK]).*'],
  ['(?:ab|a)(?:c|bc)'],
  ['(?:,(?:"")?)*'],
  ['\\x2b[\\x41-\\x5a]+\\.'],
  ['a+?b'],
])('%s is decided by the next character and taken', (pattern) => {
  expect(checkPattern(pattern, 4_096)).toBeTypeOf('object');
});

it('a head of counted data is tried on every piece of a line, so it may take less', () => {
  const pattern = '.*,(?<length>\\d+),';
  expect(checkPattern(pattern, 4_096)).toBeTypeOf('object');
  expect(checkPattern(pattern, 4_096, 'counted')).toMatch(/^could take/);
  expect(checkPattern('\\+R: \\d+,(?<length>\\d+),', 4_096, 'counted')).toBeTypeOf('object');
});
