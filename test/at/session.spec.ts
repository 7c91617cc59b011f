import { describe, expect, it } from 'vitest';
import { lierdaLmqtt } from '../../src/at/dialects/lierda-lmqtt.js';
import {
  identityScript,
  readBackScript,
  registerScript,
  restartScript,
  syncScript,
  writeScript,
} from '../../src/at/scripts.js';
import type { Script, Step } from '../../src/at/step.js';
import { Secret } from '../../src/core/secret.js';
import { SessionTrace } from './session-trace.js';

const text = '390358fc595040aa73221e8393aba86c';
const triple = { productKey: 'a1JszCpjS61', deviceName: 'NT35E_1', deviceSecret: new Secret(text) };
const login = {
  host: 'broker.test',
  port: 1883,
  clientId: 'NT35E_1|securemode=2,authType=register|',
  username: 'NT35E_1&a1JszCpjS61',
  password: new Secret('f'.repeat(64)),
};
const ok = '\r\nOK\r\n';

function register(): Script {
  const { network } = lierdaLmqtt;
  if (network === undefined) {
    throw new Error('the dialect has no network part');
  }
  return registerScript(lierdaLmqtt, network, login);
}

describe('a step that ends with the final result', () => {
  it.each([
    ['done', ok],
    ['done', `AT+CGSN=1\r\r\n+CGSN: "862000000000001"\r\n${ok}`],
    ['refused', '\r\nERROR\r\n'],
    ['refused', '\r\n+CME ERROR: 100\r\n'],
  ])('is %s after %j', (end, bytes) => {
    const trace = new SessionTrace().start(identityScript(lierdaLmqtt, 'imei', 0)).receive(bytes);
    expect(trace.result?.steps).toMatchObject([{ end }]);
    expect(trace.isIdle).toBe(true);
  });

  it.each([
    ['quoted', '+CGSN: "862000000000001"'],
    ['bare', '+CGSN: 862000000000001'],
    ['without a head', '862000000000001'],
    ['behind its echo', 'AT+CGSN=1\r862000000000001'],
    ['after a URC', '+CPIN: READY\r\n+CGSN: 862000000000001'],
    ['after noise', '\xff\xfe\r\n+CGSN: 862000000000001'],
  ])('reads an IMEI %s', (_, line) => {
    const trace = new SessionTrace().start(identityScript(lierdaLmqtt, 'imei', 0));
    trace.receive(`\r\n${line}\r\n${ok}`);
    expect(trace.result?.steps[0]?.captured[0]?.fields).toEqual({ value: '862000000000001' });
  });

  it('ends as unknown when nothing comes', () => {
    const trace = new SessionTrace().start(readBackScript(lierdaLmqtt));
    expect(trace.ring('step')).toBe(5_000);
    expect(trace.result).toMatchObject({ end: 'timeout' });
    expect(trace.isIdle).toBe(true);
  });

  it('counts a final result that belongs to nobody', () => {
    const trace = new SessionTrace().receive(`${ok}${ok}`);
    expect(trace.state.counters.strayFinals).toBe(2);
  });

  it('is not stopped by the timer of an earlier step', () => {
    const trace = new SessionTrace().start(writeScript(lierdaLmqtt, triple));
    trace.receive(ok).take({ kind: 'timer', id: 1 });
    expect(trace.result).toBeUndefined();
    expect(trace.receive(ok).result).toMatchObject({ end: 'done' });
  });
});

describe('the synchronisation', () => {
  it('asks until OK, and after a late answer waits until the line is quiet', () => {
    const trace = new SessionTrace().start(syncScript(lierdaLmqtt, false));
    trace.ring('step');
    trace.ring('step');
    expect(trace.sent).toEqual(['AT\r', 'AT\r', 'AT\r']);
    trace.receive(`${ok}${ok}`);
    expect(trace.sent).toHaveLength(3);
    trace.ring('quiet');
    expect(trace.sent).toEqual(['AT\r', 'AT\r', 'AT\r', 'ATE0\r']);
    expect(trace.receive(ok).result).toMatchObject({ end: 'done' });
  });

  it('goes straight on when the first AT is answered', () => {
    const trace = new SessionTrace().start(syncScript(lierdaLmqtt, false)).receive(ok);
    expect(trace.sent).toEqual(['AT\r', 'ATE0\r']);
  });

  it('does not wait for ever for a line that never falls quiet', () => {
    const trace = new SessionTrace().start(syncScript(lierdaLmqtt, true));
    trace.receive('noise noise');
    trace.ring('step');
    expect(trace.sent).toEqual(['AT\r']);
  });

  it('gives up after the tries of the dialect', () => {
    const trace = new SessionTrace().start(syncScript(lierdaLmqtt, false));
    for (let tries = 0; tries < lierdaLmqtt.sync.tries; tries += 1) {
      trace.ring('step');
    }
    expect(trace.result).toMatchObject({ end: 'timeout' });
    expect(trace.sent).toHaveLength(lierdaLmqtt.sync.tries);
  });
});

describe('a boot banner', () => {
  it('in the middle of a write ends the script as a reset, nothing more is sent', () => {
    const trace = new SessionTrace().start(writeScript(lierdaLmqtt, triple));
    trace.receive('\r\nRDY\r\n');
    expect(trace.result).toMatchObject({ end: 'module_reset' });
    expect(trace.sent).toHaveLength(1);
  });

  it('between two scripts ends the next one before it sends', () => {
    const trace = new SessionTrace().receive('RDY\r\n').start(writeScript(lierdaLmqtt, triple));
    expect(trace.result).toMatchObject({ end: 'module_reset' });
    expect(trace.sent).toEqual([]);
    trace.start(syncScript(lierdaLmqtt, false)).receive(`${ok}${ok}`);
    expect(trace.result).toMatchObject({ end: 'done' });
  });

  it.each([
    ['after the OK', `${ok}\r\nRDY\r\n`],
    ['without an OK', '\r\nREBOOTING\r\n'],
  ])('%s is what a restart waits for', (_, bytes) => {
    const trace = new SessionTrace().start(restartScript(lierdaLmqtt)).receive(bytes);
    expect(trace.sent).toEqual(['AT+CFUN=0,1\r', 'AT\r']);
    trace.receive(`AT\r\r\nOK\r\nATE0\r${ok}`);
    expect(trace.result).toMatchObject({
      end: 'done',
      steps: [{ hasSeenBanner: true }, { hasSeenEcho: true, tries: 1 }, {}],
    });
  });

  it('that never comes lets the restart go on to ask, and is not claimed to have been seen', () => {
    const trace = new SessionTrace().start(restartScript(lierdaLmqtt)).receive(ok);
    expect(trace.ring('step')).toBe(lierdaLmqtt.restart.bannerMs);
    trace.receive(`${ok}${ok}`);
    expect(trace.result).toMatchObject({ end: 'done', steps: [{ hasSeenBanner: false }, {}, {}] });
  });

  it('while the restarted module is asked is remembered over the tries', () => {
    const trace = new SessionTrace().start(restartScript(lierdaLmqtt)).receive(ok);
    trace.ring('step');
    trace.receive('RDY\r\n');
    trace.ring('step');
    trace.receive(ok);
    trace.ring('quiet');
    trace.receive(ok);
    expect(trace.result).toMatchObject({ end: 'done', steps: [{}, { hasSeenBanner: true }, {}] });
  });
});

it('a payload that never came whole does not swallow the next answer', () => {
  const countedHeads = ['\\+RECV: (?<length>\\d+),"'];
  const trace = new SessionTrace({ ...lierdaLmqtt, countedHeads });
  trace.start(readBackScript(lierdaLmqtt)).receive('+RECV: 500,"abc');
  trace.ring('step');
  trace.start(syncScript(lierdaLmqtt, false)).receive(ok + ok);
  expect(trace.result).toMatchObject({ end: 'done' });
});

describe('a registration', () => {
  const received = `\r\n+LMQTTURC: RECV,0,1,"/ext/register",{"deviceSecret":"${text}"}\r\n`;
  const opened = '\r\n+LMQTTOPEN: 0,0\r\n';
  const connected = '\r\n+LMQTTCONN: 0,0,0\r\n';
  const closed = `${ok}\r\n+LMQTTDISC: 0,0\r\n${ok}\r\n+LMQTTCLOSE: 0,0\r\n`;

  it.each([
    ['after the login', [ok, ok + opened, ok + connected, received, closed]],
    ['before the login URC', [ok, ok + opened, ok + received + connected, closed]],
    ['before the OK of the login', [ok, ok + opened, received + ok + connected, closed]],
    ['with every URC before its OK', [ok, opened + ok, connected + received + ok, closed]],
  ])('takes the triple %s', (_, parts) => {
    const trace = new SessionTrace().start(register());
    for (const part of parts) {
      trace.receive(part);
    }
    expect(trace.result?.end).toBe('done');
    const step = trace.result?.steps.find(({ id }) => id === 'received');
    expect(step?.urc?.secrets['payload']?.expose()).toBe(`{"deviceSecret":"${text}"}`);
    expect(trace.sent).toEqual([
      'AT+LMQTTCFG="cache",0,0\r',
      'AT+LMQTTOPEN=0,"broker.test",1883\r',
      `AT+LMQTTCONN=0,"${login.clientId}","${login.username}","${'f'.repeat(64)}"\r`,
      'AT+LMQTTDISC=0\r',
      'AT+LMQTTCLOSE=0\r',
    ]);
    expect(trace.shown.join('\n')).not.toMatch(/390358fc|ffffff|authType/);
  });

  it.each([
    ['refused before the OK', `\r\n+LMQTTOPEN: 0,-1,4\r\n${ok}`, '4'],
    ['refused after the OK', `${ok}\r\n+LMQTTOPEN: 0,-1,5\r\n`, '5'],
  ])('ends when the open is %s, and takes the OK as its own', (_, bytes, code) => {
    const trace = new SessionTrace().start(register()).receive(ok + bytes);
    expect(trace.result).toMatchObject({ end: 'refused' });
    expect(trace.result?.steps.at(-1)).toMatchObject({ id: 'open', urc: { fields: { code } } });
    expect(trace.state.counters.strayFinals).toBe(0);
  });

  it('believes the URC where the OK never comes', () => {
    const trace = new SessionTrace().start(register()).receive(ok + opened);
    trace.ring('step');
    expect(trace.sent.at(-1)).toContain('AT+LMQTTCONN');
  });

  it('waits the long time of the dialect only once the OK is there', () => {
    const trace = new SessionTrace().start(register()).receive(ok + ok);
    expect(trace.ring('step')).toBe(160_000);
    expect(trace.result).toMatchObject({ end: 'timeout' });
  });

  it('ends when the link is lost while it waits', () => {
    const trace = new SessionTrace().start(register()).receive(ok + opened + ok + connected + ok);
    trace.receive('+LMQTTURC: STATS,0,11\r\n');
    expect(trace.result?.steps.at(-1)).toMatchObject({ id: 'received', end: 'refused' });
  });

  it('goes on when the closing is refused or not answered', () => {
    const trace = new SessionTrace().start(register());
    trace.receive(ok + opened + ok + connected + ok + received).receive('\r\nERROR\r\n');
    trace.ring('step');
    trace.ring('quiet');
    expect(trace.result).toMatchObject({ end: 'done' });
  });
});

describe('an abort', () => {
  it('hears a write to its end and stops at the border', () => {
    const trace = new SessionTrace()
      .start(writeScript(lierdaLmqtt, triple))
      .take({ kind: 'abort' });
    expect(trace.result).toBeUndefined();
    trace.receive(ok);
    expect(trace.result).toMatchObject({ end: 'aborted' });
    expect(trace.sent).toHaveLength(1);
  });

  it('leaves at once what only waits, and lets no script begin after', () => {
    const trace = new SessionTrace().start(syncScript(lierdaLmqtt, false)).take({ kind: 'abort' });
    expect(trace.result).toMatchObject({ end: 'aborted' });
    expect(trace.isIdle).toBe(true);
    expect(trace.start(readBackScript(lierdaLmqtt)).result).toMatchObject({ end: 'aborted' });
  });
});

describe('a closed port', () => {
  it('ends the script, and every later one', () => {
    const trace = new SessionTrace()
      .start(writeScript(lierdaLmqtt, triple))
      .take({ kind: 'closed' });
    expect(trace.result).toMatchObject({ end: 'closed' });
    expect(trace.start(readBackScript(lierdaLmqtt)).result).toMatchObject({ end: 'closed' });
  });
});

describe('data mode', () => {
  const script = (): Script => {
    const [step] = writeScript(lierdaLmqtt, triple).steps;
    const data: Step[] = step === undefined ? [] : [{ ...step, data: new Secret('{"a":1}') }];
    return { steps: data, watches: {} };
  };

  it.each([
    ['after the prompt', `\r\n> `, ok],
    ['after an OK and the prompt', `${ok}\r\n>`, ok],
    ['and ignores the echo of the data', `\r\n> `, `{"a":1}${ok}`],
  ])('sends the data %s', (_, prompt, answer) => {
    const trace = new SessionTrace().start(script()).receive(prompt);
    expect(trace.sent.at(-1)).toBe('{"a":1}');
    expect(trace.receive(answer).result).toMatchObject({ end: 'done' });
    expect(trace.shown.join('\n')).not.toContain('{"a"');
  });

  it('never sends data without a prompt', () => {
    const trace = new SessionTrace().start(script()).receive(ok);
    expect(trace.sent).toHaveLength(1);
    trace.ring('step');
    expect(trace.result).toMatchObject({ end: 'timeout' });
  });
});

describe('the transcript', () => {
  it('stays masked after a secret has been on the wire', () => {
    const trace = new SessionTrace().start(writeScript(lierdaLmqtt, triple)).receive(ok + ok);
    trace.start(identityScript(lierdaLmqtt, 'imei', 0));
    trace.receive(`\r\n${text.slice(4)}\r\n+CGSN: "862000000000001"\r\n${ok}`);
    expect(trace.shown.join('\n')).not.toMatch(/390358fc|58fc5950|862000000000001/);
    expect(trace.shown[2]).toMatch(
      /^AT\+LMQTTCFG="aliauth",0,"<11:\w{8}>","<7:\w{8}>","<32:\w{8}>"$/,
    );
  });

  it('masks what is left over from before, until the first OK', () => {
    const trace = new SessionTrace().start(syncScript(lierdaLmqtt, false));
    trace.receive(`${text.slice(5)}"\r\n`);
    expect(trace.shown).toEqual(['AT', expect.stringMatching(/^<28:\w{8}>$/)]);
  });
});

describe('the read-back', () => {
  const read = (line: string): readonly (readonly string[])[] => {
    const trace = new SessionTrace().start(readBackScript(lierdaLmqtt)).receive(`${line}\r\n${ok}`);
    const captured = trace.result?.steps[0]?.captured ?? [];
    return captured.map(({ fields, secrets }) => [
      fields['productKey'] ?? '?',
      fields['deviceName'] ?? '?',
      secrets['deviceSecret']?.expose() ?? '?',
    ]);
  };

  it.each([
    '+LMQTTCFG: "aliauth",0,"pk","dn","ds"',
    '+LMQTTCFG: "aliauth","pk","dn","ds"',
    '+LMQTTCFG:"aliauth",0,pk,dn,ds',
    '+LMQTTCFG: "aliauth",pk,dn,ds',
    '+LMQTTCFG: aliauth,0,pk,dn,ds',
    '+LMQTTCFG: "pk","dn","ds"',
    '+LMQTTCFG: "aliauth",dn,ds,pk',
    '+LMQTTCFG: "aliauth",0,"dn","ds","pk"',
  ])('understands %s', (line) => {
    expect(read(line)).toContainEqual(['pk', 'dn', 'ds']);
  });

  it.each([
    '+LMQTTCFG: "aliauth",,,',
    '+LMQTTCFG: "aliauth",0,"","",""',
    '+LMQTTCFG: "aliauth",0',
    '+LMQTTCFG: "aliauth"',
  ])('reads %s as nothing stored', (line) => {
    expect(read(line)).toContainEqual(['', '', '']);
  });

  it('reads any other form as a wrong answer, not as an empty one', () => {
    expect(read('+LMQTTCFG: "aliauth",0,"pk","dn"')).not.toContainEqual(['', '', '']);
    expect(read('+LMQTTCFG: what?')).toEqual([['?', '?', '?']]);
  });
});
