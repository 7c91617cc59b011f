import { expect, it } from 'vitest';
import { finalResultOf } from '../../src/at/final-result.js';

it.each([
  ['OK', { kind: 'ok' }],
  ['ERROR', { kind: 'error', family: 'plain' }],
  ['+CME ERROR: 3', { kind: 'error', family: 'cme', code: '3' }],
  ['+CME ERROR:50', { kind: 'error', family: 'cme', code: '50' }],
  ['+CME ERROR: SIM not inserted', { kind: 'error', family: 'cme', code: '10' }],
  ['+CME ERROR: operation not allowed', { kind: 'error', family: 'cme', code: '3' }],
  ['+CME ERROR: MQTT failure (#33)', { kind: 'error', family: 'cme', code: '33' }],
  ['+CME ERROR: constructor', { kind: 'error', family: 'cme', code: 'constructor' }],
  ['+CME ERROR:', { kind: 'error', family: 'cme', code: '' }],
  ['+CMS ERROR: 500', { kind: 'error', family: 'cms', code: '500' }],
])('reads %s as a final result', (line, result) => {
  expect(finalResultOf(line)).toEqual(result);
});

it.each([
  'OK ',
  ' OK',
  'OKAY',
  'NOK',
  'ERROR 3',
  'a ERROR',
  'x+CME ERROR: 3',
  'ok',
  'a\r\nOK',
  'BUSY',
  '',
])('does not end a command with %j, for only a whole line counts', (line) => {
  expect(finalResultOf(line)).toBeUndefined();
});

it('takes the words that a dialect adds', () => {
  const extra = { success: ['SEND OK'], failure: ['busy p...'] };
  expect(finalResultOf('SEND OK', extra)).toEqual({ kind: 'ok' });
  expect(finalResultOf('busy p...', extra)).toEqual({ kind: 'error', family: 'plain' });
});
