import { describe, expect, it } from 'vitest';
import { espAt } from '../../src/at/dialects/esp-at.js';
import { lierdaLmqtt } from '../../src/at/dialects/lierda-lmqtt.js';
import type { Dialect, DialectCommand } from '../../src/at/dialect.js';
import {
  closeScript,
  identityScript,
  readBackScript,
  syncScript,
  writeScript,
} from '../../src/at/scripts.js';
import { Secret } from '../../src/core/secret.js';
import { SessionTrace } from './session-trace.js';

const ok = '\r\nOK\r\n';
const imei = '862000000000001';
const triple = {
  productKey: 'a1JszCpjS61',
  deviceName: 'NT35E_1',
  deviceSecret: new Secret('390358fc595040aa73221e8393aba86c'),
};

const asked = (): SessionTrace => new SessionTrace().start(identityScript(lierdaLmqtt, 'imei', 0));

describe('the answer is found', () => {
  it.each([
    ['behind the echo of V.250', `AT+CGSN=1\r\r\n${imei}\r\n${ok}`],
    ['behind an echo of the line without its end', `AT+CGSN=1\r\n${imei}\r\n${ok}`],
    ['without an echo', `\r\n${imei}\r\n${ok}`],
    ['without blank lines', `${imei}\r\nOK\r\n`],
    ['with a URC before it', `\r\n+CEREG: 1\r\n\r\n${imei}\r\n${ok}`],
    ['with a URC after it', `\r\n${imei}\r\n\r\n+CEREG: 1\r\n${ok}`],
    ['with a URC against the OK', `\r\n${imei}\r\n\r\n+CEREG: 1\r\nOK\r\n`],
    ['with a URC in the echo', `AT+CG\r\n+CEREG: 1\r\nSN=1\r\r\n${imei}\r\n${ok}`],
    ['with bytes of noise against it', `\xff\xfe${imei}\r\n${ok}`],
    ['with bytes of noise against the OK', `${imei}\r\n\xffOK\r\n`],
    ['with noise and NUL against the echo', `\xff\0AT+CGSN=1\r\r\n${imei}\r\n${ok}`],
    ['behind an over-long line', `${'x'.repeat(9_000)}\r\n${imei}\r\n${ok}`],
    ['behind lines that nobody knows', `\r\nSMS DONE?\r\nwhat\r\n${imei}\r\n${ok}`],
  ])('%s', (_, bytes) => {
    const trace = asked().receive(bytes);
    expect(trace.result).toMatchObject({ end: 'done' });
    expect(trace.result?.steps[0]?.captured[0]?.fields).toEqual({ value: imei });
  });

  it('when a line has nothing but noise, it is counted and no echo', () => {
    const trace = asked().receive('\xff\xfe\r\n');
    expect(trace.state.counters.unknownLines).toBe(1);
    expect(trace.shown.at(-1)).toBe('\\xff\\xfe');
  });
});

it('noise at the end of a line stays, for it may be a part of a value', () => {
  const trace = new SessionTrace().start(readBackScript(lierdaLmqtt));
  trace.receive(`+LMQTTCFG: "aliauth",pk,dn,ds\xff\r\n${ok}`);
  expect(trace.result?.steps[0]?.captured[0]?.secrets['deviceSecret']?.expose()).toBe('ds\xff');
});

it.each(['\xffRDY', '\0\0RDY', '\xf0\x8eRDY', 'F1: 0000 0000'])(
  'a banner behind noise is a banner: %j',
  (line) => {
    const trace = new SessionTrace().start(writeScript(lierdaLmqtt, triple));
    expect(trace.receive(`${line}\r\n`).result).toMatchObject({ end: 'module_reset' });
  },
);

describe('a module that sends for ever', () => {
  it.each([
    ['without a newline', 'x'],
    ['newlines', '\n'],
    ['lines that fit the read-back', '+LMQTTCFG: "aliauth",0,"pk","dn","ds"\r\n'],
    ['URCs', '+CEREG: 1\r\n'],
    ['numbers of data that never come', '+LMQTTURC: RECV,0,1,"t",'],
    ['prompts', '> '],
  ])('%s is cut off by the time of the step, within a bounded memory', (_, bytes) => {
    const trace = new SessionTrace().start(readBackScript(lierdaLmqtt));
    trace.take({ kind: 'bytes', bytes: Buffer.from(bytes.repeat(3_000)) });
    expect(trace.state.lexer.line.length).toBeLessThanOrEqual(lierdaLmqtt.maxLineBytes);
    expect(trace.state.lexer.pending).toBe('');
    expect(trace.state.run?.captured.length).toBeLessThanOrEqual(64);
    expect(trace.ring('step')).toBe(lierdaLmqtt.answerMs);
    expect(trace.result).toMatchObject({ end: 'timeout' });
    expect(trace.isIdle).toBe(true);
  });
});

describe('an echo that comes back unasked', () => {
  const quiet = (): SessionTrace => {
    const trace = new SessionTrace().start(syncScript(lierdaLmqtt, false));
    trace.receive(`AT\r${ok}ATE0\r${ok}`);
    return trace.start(identityScript(lierdaLmqtt, 'imei', 0)).receive(`${imei}\r\n${ok}`);
  };

  it('tells of a restart without a word: nothing more is written', () => {
    const trace = quiet().start(writeScript(lierdaLmqtt, triple));
    trace.receive(`AT+LMQTTCFG="cloud",0,2,1\r${ok}`);
    expect(trace.result).toMatchObject({ end: 'module_reset' });
    expect(trace.sent.at(-1)).toBe('AT+LMQTTCFG="cloud",0,2,1\r');
  });

  it('is nothing new where the echo was on all the while', () => {
    const trace = asked().receive(`AT+CGSN=1\r\r\n${imei}\r\n${ok}`);
    trace.start(identityScript(lierdaLmqtt, 'sn', 0)).receive(`AT+CGSN=0\r\r\nSN1\r\n${ok}`);
    expect(trace.result).toMatchObject({ end: 'done' });
  });

  it('is switched off again by the next synchronisation', () => {
    const trace = quiet().start(syncScript(lierdaLmqtt, false)).receive(`AT\r${ok}ATE0\r${ok}`);
    expect(trace.result).toMatchObject({ end: 'done' });
  });
});

describe('a busy module', () => {
  const sent = 'AT+SYSMFG=2,"triplemint","productKey",7,11\r';
  const writing = (dialect: Dialect = espAt): SessionTrace =>
    new SessionTrace(dialect).start(writeScript(dialect, triple));

  it('is asked again when the line has fallen quiet, within the time of the step', () => {
    const trace = writing().receive('\r\nbusy p...\r\n');
    expect(trace.sent).toEqual([sent]);
    expect(trace.ring('quiet')).toBe(espAt.quietMs);
    expect(trace.sent).toEqual([sent, sent]);
    trace.receive(`${ok}\r\n>`);
    expect(trace.sent.at(-1)).toBe(triple.productKey);
    expect(trace.state.counters.busyLines).toBe(1);
  });

  it('is asked again at once when it has done what kept it busy, and that result is not ours', () => {
    const trace = writing().receive(`busy p...\r\n${ok}`);
    expect(trace.sent).toEqual([sent, sent]);
    expect(trace.state.counters.strayFinals).toBe(1);
    expect(trace.state.results).toEqual([]);
  });

  it('is not waited for beyond the time of the step', () => {
    const trace = writing().receive('busy p...\r\n');
    expect(trace.ring('step')).toBe(espAt.answerMs);
    expect(trace.result).toMatchObject({ end: 'timeout' });
  });

  it('is not asked for ever', () => {
    const trace = writing();
    for (let times = 0; times < 50; times += 1) {
      trace.receive(`busy p...\r\n${ok}`);
    }
    expect(trace.sent.length).toBeLessThanOrEqual(21);
  });

  it('is sent no data twice', () => {
    const trace = writing().receive(`${ok}>`).receive('busy s...\r\n');
    expect(trace.sent).toEqual([sent, triple.productKey]);
    trace.receive(ok);
    expect(trace.state.results).toMatchObject([{ end: 'done' }]);
  });
});

describe('data mode', () => {
  const data = {
    text: '{deviceName}',
    rules: { deviceName: { kind: 'raw', maxBytes: 9 } },
  } as const;
  const publish: DialectCommand = { text: 'AT+PUB', rules: {}, data: { ...data, end: 'ctrl-z' } };
  const started = (command: DialectCommand = publish): SessionTrace => {
    const dialect = { ...lierdaLmqtt, write: [command, { text: 'AT+NEXT', rules: {} }] };
    return new SessionTrace(dialect).start(writeScript(dialect, triple));
  };

  it('ends its data with Ctrl-Z where no length was told, and knows their echo', () => {
    const trace = started().receive('\r\n> ');
    expect(trace.sent).toEqual(['AT+PUB\r', 'NT35E_1\x1a']);
    trace.receive(`NT35E_1\r\n${ok}`);
    expect(trace.sent.at(-1)).toBe('AT+NEXT\r');
    expect(trace.state.counters.unknownLines).toBe(0);
  });

  it.each([
    ['no answer to the data', (trace: SessionTrace) => trace.receive('>').ring('step')],
    ['no prompt', (trace: SessionTrace) => trace.ring('step')],
    ['a refusal of the data', (trace: SessionTrace) => trace.receive('>').receive('ERROR\r\n')],
  ])('is left by ESC after %s, before anything else is sent', (_, trouble) => {
    const trace = started();
    trouble(trace);
    expect(trace.sent.at(-1)).toBe('\x1b');
    expect(trace.sent).not.toContain('AT+NEXT\r');
    expect(trace.result?.end).toMatch(/timeout|refused/);
  });

  it('is not called off after a refusal without a prompt, nor after a restart', () => {
    expect(started().receive('ERROR\r\n').sent).toEqual(['AT+PUB\r']);
    expect(started().receive('>').receive('RDY\r\n').sent.at(-1)).toBe('NT35E_1\x1a');
  });

  it('lets the answer to the ESC pass where the script goes on', () => {
    const trace = started({ ...publish, isOptional: true });
    trace.ring('step');
    trace.receive(ok);
    expect(trace.sent).toEqual(['AT+PUB\r', '\x1b']);
    trace.ring('quiet');
    expect(trace.sent.at(-1)).toBe('AT+NEXT\r');
    expect(trace.state.counters.strayFinals).toBe(1);
  });

  it('is left by ESC when an abort cuts a command short that changes nothing', () => {
    const trace = new SessionTrace().start(closeScript(lierdaLmqtt, []));
    const { steps } = writeScript({ ...lierdaLmqtt, write: [publish] }, triple);
    trace.start({ steps: steps.map((step) => ({ ...step, isAtomic: false })), watches: {} });
    trace.take({ kind: 'abort' });
    expect(trace.sent).toEqual(['AT+PUB\r', '\x1b']);
  });

  it('that another one has left open is called off when its prompt comes late', () => {
    const trace = new SessionTrace().start(syncScript(lierdaLmqtt, true)).receive('\r\n> ');
    expect(trace.sent).toEqual(['\x1b']);
    trace.receive(ok).ring('quiet');
    expect(trace.sent).toEqual(['\x1b', 'AT\r']);
  });
});

describe('a module that does not say OK to AT', () => {
  const silent = (tries: number): SessionTrace => {
    const trace = new SessionTrace().start(syncScript(lierdaLmqtt, false));
    for (let times = 0; times < tries; times += 1) {
      trace.ring('step');
    }
    return trace;
  };

  it('is called out of a data mode and told to answer in words', () => {
    const trace = new SessionTrace().start(syncScript(lierdaLmqtt, false));
    for (let tries = 0; tries < 3; tries += 1) {
      trace.receive('0\r').ring('step');
    }
    expect(trace.sent).toEqual(['AT\r', 'AT\r', 'AT\r', '\x1bATQ0V1\r']);
    trace.receive(ok);
    trace.ring('quiet');
    expect(trace.receive(ok).result).toMatchObject({ end: 'done' });
  });

  it('but does not know those words is asked as before', () => {
    const trace = silent(3).receive('\r\nERROR\r\n');
    expect(trace.sent.slice(3)).toEqual(['\x1bATQ0V1\r', 'AT\r']);
    trace.receive(ok);
    trace.ring('quiet');
    expect(trace.receive(ok).result).toMatchObject({ end: 'done' });
  });

  it('is given up after a short look, where only that is wanted', () => {
    const trace = new SessionTrace().start(
      syncScript(lierdaLmqtt, false, { tries: 2, tryMs: 300 }),
    );
    trace.ring('step');
    trace.ring('step');
    expect(trace.result).toMatchObject({ end: 'timeout' });
  });
});

it.each([
  ['a result, then ERROR', '\r\n+X: 0,3\r\n\r\nERROR\r\n', 'refused', '3'],
  ['a good result, then ERROR', '\r\n+X: 0,0\r\n\r\nERROR\r\n', 'refused', '0'],
  ['a result within the answer', '\r\n+X: 0,0\r\nmore\r\nOK\r\n', 'done', '0'],
])('%s', (_, bytes, end, code) => {
  const command = { text: 'AT+X', rules: {}, success: { pattern: '\\+X: 0,(?<code>\\d)' } };
  const dialect = { ...lierdaLmqtt, write: [command] };
  const trace = new SessionTrace(dialect).start(writeScript(dialect, {})).receive(bytes);
  expect(trace.result).toMatchObject({ end, steps: [{ urc: { fields: { code } } }] });
});
