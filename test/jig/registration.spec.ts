import { describe, expect, it } from 'vitest';
import { families } from '../../src/simulator/families.js';
import type { AtPeer, PeerBehaviour } from './at-peer.js';
import { ClaimDesk } from './claim-desk.js';
import { impatient, runPeer } from './run-peer.js';
import type { PeerRun } from './run-peer.js';
import { runSimulated } from './simulated-bench.js';

const secret = 'e'.repeat(32);
const triple = { productKey: 'a1JszCpjS61', deviceName: 'dn_0001', deviceSecret: secret };
const claimId = 'clm_862000000000001';

/** The desk of a product-secret order: it knows the secret that the broker will hand out. */
function desk(): ClaimDesk {
  return new ClaimDesk({
    registration: { host: 'broker.test' },
    deviceSecret: secret,
  });
}

const received = (payload: unknown): string =>
  `+LMQTTURC: RECV,0,7,"/ext/register",${typeof payload === 'string' ? payload : JSON.stringify(payload)}`;

/** Answers the network commands; each may be answered in another way. */
function online(
  changes: Readonly<Record<string, readonly string[] | ((peer: AtPeer) => readonly string[])>> = {},
): PeerBehaviour {
  const usual: Readonly<Record<string, readonly string[]>> = {
    'AT+LMQTTCFG="cache",0,0': ['OK'],
    'AT+LMQTTOPEN=': ['OK', '+LMQTTOPEN: 0,0'],
    'AT+LMQTTCONN=': ['OK', '+LMQTTCONN: 0,0,0', received(triple)],
    'AT+LMQTTDISC=': ['OK', '+LMQTTDISC: 0,0'],
    'AT+LMQTTCLOSE=': ['OK', '+LMQTTCLOSE: 0,0'],
  };
  return {
    answer: (command, peer) => {
      const head = Object.keys(usual).find((known) => command.startsWith(known));
      if (head === undefined) {
        return undefined;
      }
      const answer = changes[head] ?? usual[head];
      return typeof answer === 'function' ? answer(peer) : answer;
    },
  };
}

function expectNoSecret({ result }: PeerRun): void {
  expect(JSON.stringify(result)).not.toMatch(/eeeeeeee|pppppppp|authType/);
}

describe('a unit that fetches its own triple', () => {
  it.each<[string, PeerBehaviour]>([
    ['after the login', online()],
    [
      'before the login is reported',
      online({ 'AT+LMQTTCONN=': ['OK', received(triple), '+LMQTTCONN: 0,0,0'] }),
    ],
    [
      'with every URC before the OK',
      online({
        'AT+LMQTTOPEN=': ['+LMQTTOPEN: 0,0', 'OK'],
        'AT+LMQTTCONN=': ['+LMQTTCONN: 0,0,0', received(triple), 'OK'],
      }),
    ],
    [
      'from a broker that hangs up at once',
      online({
        'AT+LMQTTCONN=': ['OK', '+LMQTTCONN: 0,0,0', received(triple), '+LMQTTURC: STATS,0,11'],
        'AT+LMQTTDISC=': ['+CME ERROR: 3'],
        'AT+LMQTTCLOSE=': ['+CME ERROR: 3'],
      }),
    ],
    ['from a module without a cache', online({ 'AT+LMQTTCFG="cache",0,0': ['+CME ERROR: 3'] })],
  ])('passes when the triple comes %s', async (_, behaviour) => {
    const run = await runPeer(behaviour, desk());
    expect(run.result).toMatchObject({ outcome: 'PASS', deviceName: 'dn_0001' });
    expect(run.desk.log).toEqual(['claim 862000000000001', `confirm ${claimId} dn_0001`]);
    expect(run.peer.stored).toEqual(triple);
    expect(run.phases).toContain('register');
    expect(run.peer.commands).toContain('AT+LMQTTOPEN=0,"broker.test",1883');
    expect(run.peer.commands.filter((command) => command.includes('CONN='))).toEqual([
      `AT+LMQTTCONN=0,"dn_0001|securemode=2,authType=register,random=7|","dn_0001&a1JszCpjS61","${'p'.repeat(64)}"`,
    ]);
    expectNoSecret(run);
  });

  it.each<[string, string, string, PeerBehaviour]>([
    [
      'the broker cannot be reached',
      'ERROR',
      'broker_unreachable',
      online({ 'AT+LMQTTOPEN=': ['OK', '+LMQTTOPEN: 0,-1,4'] }),
    ],
    [
      'the login is refused',
      'ERROR',
      'registration_refused',
      online({ 'AT+LMQTTCONN=': ['OK', '+LMQTTCONN: 0,2,4'] }),
    ],
    [
      'the link is lost',
      'ERROR',
      'registration_lost',
      online({ 'AT+LMQTTCONN=': ['OK', '+LMQTTCONN: 0,0,0', '+LMQTTURC: STATS,0,1'] }),
    ],
    [
      'no triple comes',
      'TIMEOUT',
      'registration_timeout',
      online({ 'AT+LMQTTCONN=': ['OK', '+LMQTTCONN: 0,0,0'] }),
    ],
    [
      'the reply is cut off',
      'ERROR',
      'registration_malformed',
      online({
        'AT+LMQTTCONN=': ['OK', '+LMQTTCONN: 0,0,0', received(`{"deviceSecret":"${secret}`)],
      }),
    ],
    [
      'the reply has no secret',
      'ERROR',
      'registration_malformed',
      online({ 'AT+LMQTTCONN=': ['OK', '+LMQTTCONN: 0,0,0', received({ code: 1 })] }),
    ],
    [
      'the reply is for another device',
      'ERROR',
      'registration_mismatch',
      online({
        'AT+LMQTTCONN=': [
          'OK',
          '+LMQTTCONN: 0,0,0',
          received({ ...triple, deviceName: 'dn_0002' }),
        ],
      }),
    ],
    [
      'it restarts meanwhile',
      'FAIL',
      'module_reset',
      online({
        'AT+LMQTTCONN=': (peer) => {
          peer.restart();
          return [];
        },
      }),
    ],
  ])('does not pass when %s: %s %s', async (_, outcome, reason, behaviour) => {
    const run = await runPeer(behaviour, desk(), impatient);
    expect(run.result).toMatchObject({ outcome, reason });
    expect(run.desk.log).toEqual(['claim 862000000000001', `fail ${claimId} ${reason}`]);
    expect(run.peer.stored).toBeUndefined();
    expect(run.peer.commands.filter((command) => command.includes('CONN=')).length).toBeLessThan(2);
    expectNoSecret(run);
  });

  it('says what the code of a refused login means', async () => {
    const refused = online({ 'AT+LMQTTCONN=': ['OK', '+LMQTTCONN: 0,2,2'] });
    const { result } = await runPeer(refused, desk(), impatient);
    expect(result.detail).toMatch(/ code 2; .*2 means .*without TLS \(allowPlaintext\)/);
  });

  it.each<[string, Parameters<typeof online>[0], string]>([
    [
      'the command of the login is refused',
      { 'AT+LMQTTCONN=': ['+CME ERROR: 3'] },
      'connect (AT+LMQTTCONN=0,"***","***","***") was answered with error 3 (not_allowed)',
    ],
    [
      'the login fails without a code',
      { 'AT+LMQTTCONN=': ['OK', '+LMQTTCONN: 0,2'] },
      'connect (AT+LMQTTCONN=0,"***","***","***") was reported as failed',
    ],
  ])('says nothing of codes of a broker where %s', async (_, changes, detail) => {
    const { result } = await runPeer(online(changes), desk(), impatient);
    expect(result).toMatchObject({ reason: 'registration_refused', detail });
  });

  it.each([
    ['simcom-sim7070', 'a module of simcom-sim70xx registers by itself: its host sends'],
    ['yuge', 'a module of yuge-imqtt registers by itself: its host sends'],
    ['aliyun-idm', 'a module of aliyun-idm registers by itself: its host sends'],
    ['eigencomm-ec616', 'a module of eigencomm-ecmt registers by itself: its host sends'],
    ['nrf91', 'nrf91 has no way to register a module'],
  ])('is told nothing where the jig cannot have it register: %s', async (name, detail) => {
    const family = families.find((one) => one.name === name) ?? expect.unreachable();
    const { result, unit } = await runSimulated({ family, desk: desk() });
    expect(result).toMatchObject({ outcome: 'ERROR', reason: 'registration_unsupported' });
    expect(result.detail).toContain(detail);
    expect(unit.counts.writes).toBe(0);
  });

  it('hangs up after a failed login, so that the next try finds the module free', async () => {
    const refused = online({ 'AT+LMQTTCONN=': ['OK', '+LMQTTCONN: 0,2,4'] });
    const run = await runPeer(refused, desk());
    expect(run.peer.commands.slice(-2)).toEqual(['AT+LMQTTDISC=0', 'AT+LMQTTCLOSE=0']);
  });
});
