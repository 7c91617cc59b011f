import { describe, expect, it } from 'vitest';
import { maskText, showReceived } from '../../src/at/masking.js';
import type { LineClass } from '../../src/at/masking.js';

const secret = '390358fc595040aa73221e8393aba86c';
const key = Buffer.alloc(32, 7);
const rules = {
  key,
  urcHeads: ['+LMQTTURC:', '+LMQTTURC: RECV', '+LMQTTOPEN:'],
  secretHeads: ['+LMQTTCFG:'],
};
const masked = /<\d+:[0-9a-f]{8}>/;

/** Fails when any six characters in a row of the secret are to be seen. */
function expectNoSecret(shown: string): void {
  for (let at = 0; at + 6 <= secret.length; at += 1) {
    expect(shown).not.toContain(secret.slice(at, at + 6));
  }
}

describe('the masking of a transcript', () => {
  it.each<[string, string, LineClass]>([
    ['the read-back, quoted', `+LMQTTCFG: "aliauth",0,"pk","dn","${secret}"`, 'answer'],
    ['the read-back, unquoted', `+ECMTCFG: "aliauth",dn,${secret},pk`, 'answer'],
    ['one character wrong', `+ECMTCFG: "aliauth",dn,${secret.slice(0, 31)}X,pk`, 'unknown'],
    ['a line cut at its front', `${secret.slice(3)}"`, 'unknown'],
    ['a line cut at its end', `+LMQTTCFG: "aliauth",0,"pk","dn","${secret.slice(0, 20)}`, 'answer'],
    ['a line with noise', `+LMQ\xffTCFG "aliauth" ${secret}`, 'unknown'],
    ['an echo', `AT+LMQTTCFG="aliauth",0,"pk","dn","${secret}"`, 'echo'],
    ['a broken echo', `T+LMQTTCFG="aliauth",0,"pk","dn","${secret}"`, 'unknown'],
    ['a known URC with more in it', `+LMQTTOPEN: 0,"${secret}",${secret}`, 'urc'],
    ['an error that repeats the argument', `+CME ERROR: bad value ${secret}`, 'final'],
  ])('shows nothing of %s in a masked step', (_, line, lineClass) => {
    const shown = showReceived(line, lineClass, true, rules);
    expectNoSecret(shown);
    expect(shown).toMatch(lineClass === 'echo' ? /^\(echo\)$/ : masked);
  });

  it.each([true, false])(
    'always masks what follows a registration topic (masked: %s)',
    (isMasked) => {
      const payload = `{"productKey":"pk","deviceName":"dn","deviceSecret":"${secret}"}`;
      for (const topic of ['/ext/register', '/ext/regnwl']) {
        const line = `+LMQTTURC: RECV,0,1,"${topic}",${payload}`;
        const shown = showReceived(line, 'urc', isMasked, rules);
        expectNoSecret(shown);
        expect(shown).toMatch(/^\+LMQTTURC: RECV,0,1,"\/ext\/reg(ister|nwl)<\d+:[0-9a-f]{8}>$/);
      }
    },
  );

  it('masks a late read-back in a step that is not masked', () => {
    const late = `+LMQTTCFG: "aliauth",0,"pk","dn","${secret}"`;
    expectNoSecret(showReceived(late, 'unknown', false, rules));
    expectNoSecret(showReceived(`\xff${late}`, 'unknown', false, rules));
  });

  it('keeps what tells the story: final results, banners, heads and numbers of URCs', () => {
    expect(showReceived('OK', 'final', true, rules)).toBe('OK');
    expect(showReceived('+CME ERROR: 3', 'final', true, rules)).toBe('+CME ERROR: 3');
    expect(showReceived('RDY', 'banner', true, rules)).toBe('RDY');
    expect(showReceived('+LMQTTOPEN: 0,-1,4', 'urc', true, rules)).toBe('+LMQTTOPEN: 0,-1,4');
    expect(showReceived('+CGSN: "862"', 'answer', false, rules)).toBe('+CGSN: "862"');
  });

  const begun = { ...rules, urcHeads: ['+UUMQTT'], answerHead: '+UMQTTNV:' };

  it.each<[string, LineClass, string]>([
    ['+UUMQTTC: 1,1', 'urc', '+UUMQTTC: 1,1'],
    ['+UMQTTNV: 2,1', 'answer', '+UMQTTNV: 2,1'],
    ['+LMQTTCFG: 0,1', 'answer', '+LMQTTCFG: 0,1'],
  ])('keeps a head that is known in part, or by the command: %s', (line, lineClass, shown) => {
    expect(showReceived(line, lineClass, true, begun)).toBe(shown);
  });

  it.each(['1234567890123456', '1111:2222:3333:4444', '-1.22.333.4444.5', '10000-20000-30000'])(
    'masks a secret that looks like numbers as any other: %s',
    (numbers) => {
      const lines: readonly [string, LineClass][] = [
        [`+LMQTTCFG: "aliauth",0,"pk","dn","${numbers}"`, 'answer'],
        [`+LMQTTCFG: ${numbers}`, 'answer'],
        [`+LMQTTCFG: 0,12,${numbers},1`, 'urc'],
        [`+LMQTTCFG:${numbers}`, 'unknown'],
        [`+UMQTTNV: 1,dn,${numbers}`, 'answer'],
        [`+UMQTTNV:${numbers}`, 'answer'],
        [`+UUMQTTC: 1,${numbers}`, 'urc'],
        [`+UUMQTTC:${numbers}`, 'urc'],
        [`+OTHER: ${numbers}`, 'answer'],
        [numbers, 'unknown'],
        [`+UMQTTNV: 1,"/ext/register",${numbers}`, 'answer'],
      ];
      for (const [line, lineClass] of lines) {
        const shown = showReceived(line, lineClass, true, begun).replace(/<\d+:\w{8}>/g, '');
        expect(shown).toMatch(/^(?:\+[A-Z]+: ?)?(?:\d{1,2}|[,"]|\/ext\/register)*$/);
      }
    },
  );

  it('makes noise readable and short where nothing is masked', () => {
    expect(showReceived('\xff\x01a', 'unknown', false, rules)).toBe('\\xff\\x01a');
    expect(showReceived('y'.repeat(900), 'unknown', false, rules).length).toBeLessThan(220);
  });

  it('gives equal texts equal marks under one key only', () => {
    expect(maskText(secret, key)).toBe(maskText(secret, key));
    expect(maskText(secret, key)).not.toBe(maskText(secret, Buffer.alloc(32, 8)));
    expect(maskText('', key)).toBe('<0>');
  });
});
