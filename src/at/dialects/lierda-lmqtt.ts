import type { Dialect } from '../dialect.js';
import type { ArgumentRule } from '../render.js';
import { matchBy } from './common.js';

const key: ArgumentRule = { kind: 'quoted', maxBytes: 32, characters: '[A-Za-z0-9]' };
const name: ArgumentRule = { kind: 'quoted', maxBytes: 32, characters: '[A-Za-z0-9_.:@-]' };
// The parent firmware answers OK to a longer one and stores nothing.
const secret: ArgumentRule = { kind: 'quoted', maxBytes: 64 };
const login: ArgumentRule = { kind: 'quoted', maxBytes: 256 };
const host: ArgumentRule = { kind: 'quoted', maxBytes: 100, characters: '[A-Za-z0-9.:-]' };
const port: ArgumentRule = { kind: 'integer', min: 1, max: 65_535 };

const value = '"?(?<value>[^+"\\s][^"]*)"?';
const k = '"?(?<productKey>[^",]*)"?';
const n = '"?(?<deviceName>[^",]*)"?';
const s = '"?(?<deviceSecret>[^",]*)"?';
const nothing = '(?<productKey>)(?<deviceName>)(?<deviceSecret>)';
const secrets = ['deviceSecret'];

/**
 * Lierda NT35E, NT26E, NT26F, NT26K: the `AT+LMQTT…` set.
 *
 * Source: write, open and connect as quoted from the Lierda NT35E&NT26E-CN AT manual, which is not
 * public; URC codes and time-outs from a measured NT26 library; the read-back is inferred from the
 * parents, Eigencomm EC616S (`+ECMTCFG: "aliauth",dn,ds,pk`, firmware source) and XinYi/BC260Y
 * (`"aliauth","pk","dn","ds"`, key repeated or not). Whether `aliauth` outlives a restart is not
 * documented: the jig observes it.
 */
export const lierdaLmqtt: Dialect = {
  id: 'lierda-lmqtt',
  label: 'Lierda LMQTT',
  modules: ['NT35E', 'NT26E', 'NT26F', 'NT26K'],
  source:
    'Lierda NT35E&NT26E-CN AT manual as quoted; NT26 measurements; Eigencomm and XinYi parents',
  confidence: 'inferred',
  match: matchBy('NT35E|NT26[EFK]'),
  uart: { baudRates: [115_200, 9_600], hasAutobaud: false },
  sync: { command: 'AT', tries: 10, tryMs: 1_000 },
  prologue: ['ATE0'],
  identity: {
    imei: [{ command: 'AT+CGSN=1', capture: { pattern: '(?:\\+CGSN: ?)?"?(?<value>\\d{15})"?' } }],
    sn: [
      {
        command: 'AT+CGSN=0',
        capture: { pattern: '(?:\\+CGSN: ?)?"?(?<value>[0-9A-Za-z][0-9A-Za-z._/-]{0,63})"?' },
      },
    ],
    iccid: [
      {
        command: 'AT+LCCID',
        capture: { pattern: '(?:\\+LCCID: ?)?"?(?<value>\\d{18,19}[0-9A-Fa-f]?)"?' },
      },
    ],
    firmware: [
      { command: 'AT+LGMR', capture: { pattern: `(?:\\+LGMR: ?)?${value}` } },
      { command: 'AT+CGMR', capture: { pattern: `(?:\\+CGMR: ?)?${value}` } },
    ],
  },
  write: [
    { text: 'AT+LMQTTCFG="cloud",0,2,1', rules: {} },
    {
      text: 'AT+LMQTTCFG="aliauth",0,{productKey},{deviceName},{deviceSecret}',
      rules: { productKey: key, deviceName: name, deviceSecret: secret },
    },
  ],
  readBack: {
    prepare: [],
    commands: [
      {
        text: 'AT+LMQTTCFG="aliauth",0',
        rules: {},
        captures: [
          { pattern: `\\+LMQTTCFG: ?(?:"?aliauth"?,)?(?:0,)?${k},${n},${s}`, secrets },
          { pattern: `\\+LMQTTCFG: ?(?:"?aliauth"?,)?(?:0,)?${n},${s},${k}`, secrets },
          { pattern: `\\+LMQTTCFG: ?(?:"?aliauth"?)?(?:,0)?(?:,(?:"")?)*${nothing}`, secrets },
          { pattern: '\\+LMQTTCFG:.*' }, // anything else is an answer too, only a wrong one
        ],
      },
    ],
    proves: ['productKey', 'deviceName', 'deviceSecret'],
    emptyErrors: ['3'],
    mode: 'clear',
  },
  persistence: 'unknown',
  restart: {
    command: 'AT+CFUN=0,1',
    hasFinal: true,
    bannerMs: 15_000,
    pollTries: 20,
    pollMs: 1_000,
  },
  network: {
    prepare: [{ text: 'AT+LMQTTCFG="cache",0,0', rules: {}, isOptional: true }],
    open: {
      text: 'AT+LMQTTOPEN=0,{host},{port}',
      rules: { host, port },
      success: { pattern: '\\+LMQTTOPEN: ?0,0' },
      failure: { pattern: '\\+LMQTTOPEN: ?0,-1(?:,(?<code>\\d+))?' },
      timeoutMs: 160_000,
    },
    connect: {
      text: 'AT+LMQTTCONN=0,{clientId},{username},{password}',
      rules: { clientId: login, username: login, password: login },
      success: { pattern: '\\+LMQTTCONN: ?0,[01](?:,0)?' },
      failure: { pattern: '\\+LMQTTCONN: ?0,(?:2(?:,(?<code>\\d+))?|[01],(?<late>[1-9]\\d*))' },
      timeoutMs: 30_000,
    },
    received: {
      pattern: '\\+LMQTTURC: ?RECV,0,\\d+,"/ext/register",(?<payload>.*)',
      secrets: ['payload'],
    },
    receivedMs: 30_000,
    linkLost: { pattern: '\\+LMQTTURC: ?STATS,0,(?<code>[1-9]\\d*)(?:,.*)?' },
    close: [
      {
        text: 'AT+LMQTTDISC=0',
        rules: {},
        success: { pattern: '\\+LMQTTDISC: ?0,0' },
        failure: { pattern: '\\+LMQTTDISC: ?0,[1-9]\\d*' },
        timeoutMs: 5_000,
      },
      {
        text: 'AT+LMQTTCLOSE=0',
        rules: {},
        success: { pattern: '\\+LMQTTCLOSE: ?0,0' },
        failure: { pattern: '\\+LMQTTCLOSE: ?0,[1-9]\\d*' },
        timeoutMs: 5_000,
      },
    ],
  },
  banners: ['RDY', 'REBOOTING', 'F1: [0-9A-Fa-f ]+'],
  urcHeads: [
    '+LMQTTOPEN:',
    '+LMQTTCONN:',
    '+LMQTTSUBUNSUB:',
    '+LMQTTUNSUNSUB:',
    '+LMQTTPUB:',
    '+LMQTTDISC:',
    '+LMQTTCLOSE:',
    '+LMQTTURC:',
    '+LMQTTURC: RECV',
    '+LMQTTURC: STATS',
    '+CEREG:',
    '+CPIN:',
    '+CFUN:',
    'APP RDY',
    'SMS DONE',
    'PB DONE',
  ],
  secretHeads: ['+LMQTTCFG:'],
  countedHeads: [],
  busyLines: [],
  errors: {
    '3': 'not_allowed',
    '4': 'not_supported',
    '10': 'sim_missing',
    '13': 'sim_failure',
    '14': 'busy',
    '30': 'no_network',
    '50': 'wrong_parameters',
    '100': 'unknown',
  },
  answerMs: 5_000,
  quietMs: 150,
  maxLineBytes: 4_096,
};
