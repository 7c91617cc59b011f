import { expect, test } from 'vitest';
import { integerIn, parseCommandLine, textUpTo } from '../../src/simulator/command-line.js';

function shown(line: string): string | undefined {
  const command = parseCommandLine(line);
  if (!command) return undefined;
  const args = command.args.map((argument) => {
    if (argument.kind === 'absent') return '-';
    return argument.kind === 'text' ? `<${argument.text}>` : argument.text;
  });
  return `${command.name} ${command.form} ${args.join(' ')}`.trim();
}

test.each([
  ['AT', 'run'],
  ['at', 'run'],
  ['aT  ', 'run'],
  ['ATE0', 'E run 0'],
  ['ate', 'E run -'],
  ['ATI', 'I run -'],
  ['AT+CGSN', '+CGSN run'],
  ['at+cgsn=1', '+CGSN set 1'],
  ['AT+CEREG?', '+CEREG read'],
  ['AT+LMQTTCFG=?', '+LMQTTCFG test'],
  ['AT+LMQTTCFG="aliauth",0,"p","d","s"', '+LMQTTCFG set <aliauth> 0 <p> <d> <s>'],
  ['AT+LMQTTCFG= "cloud" , 0 ,2, 1', '+LMQTTCFG set <cloud> 0 2 1'],
  ['AT+X="a,b?=?",,""', '+X set <a,b?=?> - <>'],
  ['AT+X=', '+X set -'],
  ['AT+X=1,', '+X set 1 -'],
])('%s is read as %s', (line, expected) => {
  expect(shown(line)).toBe(expected);
});

test.each([
  'A',
  'hello',
  'XAT',
  'AT+',
  'ATE0E1',
  'AT+X="open',
  'AT+X="a"b',
  'AT+X=a"b"',
  'AT+X="{"a":1}"',
  'AT+X??',
])('%s is no command', (line) => {
  expect(shown(line)).toBeUndefined();
});

test('a quoted text is UTF-8 on the line, and its length is counted in bytes', () => {
  const line = Buffer.from('AT+X="模组"').toString('latin1');
  const argument = parseCommandLine(line)?.args[0];
  expect(textUpTo(argument, 6)).toBe('模组');
  expect(textUpTo(argument, 5)).toBeUndefined();
});

test.each([
  ['AT+X=0', 0],
  ['AT+X=9', 9],
  ['AT+X=10', undefined],
  ['AT+X=-1', undefined],
  ['AT+X="5"', undefined],
  ['AT+X=5.0', undefined],
  ['AT+X=', undefined],
])('%s as a number 0-9 is %s', (line, expected) => {
  expect(integerIn(parseCommandLine(line)?.args[0], 0, 9)).toBe(expected);
});
