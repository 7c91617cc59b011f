import type { Dialect } from '../dialect.js';
import {
  address,
  firmwareQuery,
  iccidQuery,
  imeiQueries,
  matchBy,
  quotedLogin,
  quotedTriple,
  secrets,
  snQuery,
  usual,
} from './common.js';

const stored = '"(?<productKey>[^"]*)","(?<deviceName>[^"]*)","(?<deviceSecret>[^"]*)"';

/**
 * Quectel BC26, BC28, BC260Y, EC800, EG800 and EC200: the `AT+QMT…` set.
 *
 * Source: Quectel BC26 real log (read-back in the order of the write, in clear); BC260Y firmware
 * source (older builds print no key, and OK alone when unset); EG800K measured (its URCs go to USB
 * until `urcport` is set; kept over a restart). That QMTCFG is not saved is said, not shown: the jig
 * observes it. Open and connect codes are those of the parent set.
 */
export const quectelQmt: Dialect = {
  ...usual,
  id: 'quectel-qmt',
  label: 'Quectel QMT',
  modules: ['BC26', 'BC28', 'BC260Y', 'EC800M', 'EG800K', 'EC200'],
  source: 'Quectel BC26 real log; BC260Y firmware source; EG800K measured; public EC800M code',
  confidence: 'observed',
  match: matchBy('BC26(?:0Y)?|BC28|E[CG]800[A-Z]*|EC200[A-Z]*'),
  uart: { baudRates: [115_200, 9_600], hasAutobaud: true },
  prologue: ['ATE0', 'AT+CMEE=1', 'AT+QURCCFG="urcport","uart1"'],
  identity: {
    imei: imeiQueries,
    sn: [
      { command: 'AT+EGMR=0,5', capture: { pattern: '\\+EGMR: ?"?(?<value>[\\w.-]{1,64})"?' } },
      snQuery,
    ],
    iccid: [iccidQuery('QCCID'), iccidQuery('NCCID')],
    firmware: [firmwareQuery],
  },
  write: [
    {
      text: 'AT+QMTCFG="aliauth",0,{productKey},{deviceName},{deviceSecret}',
      rules: quotedTriple,
    },
  ],
  readBack: {
    prepare: [],
    commands: [
      {
        text: 'AT+QMTCFG="aliauth",0',
        rules: {},
        captures: [
          { pattern: `\\+QMTCFG: ?(?:"aliauth",)?(?:0,)?${stored}`, secrets },
          { pattern: '\\+QMTCFG:.*' },
        ],
      },
    ],
    proves: ['productKey', 'deviceName', 'deviceSecret'],
    emptyErrors: [],
    mode: 'clear',
  },
  persistence: 'unknown',
  restart: {
    command: 'AT+CFUN=1,1',
    hasFinal: true,
    bannerMs: 15_000,
    pollTries: 20,
    pollMs: 1_000,
  },
  network: {
    prepare: [{ text: 'AT+QMTCFG="recv/mode",0,0,1', rules: {}, isOptional: true }],
    open: {
      text: 'AT+QMTOPEN=0,{host},{port}',
      rules: address,
      success: { pattern: '\\+QMTOPEN: ?0,0' },
      failure: { pattern: '\\+QMTOPEN: ?0,(?<code>-1|[1-9]\\d*)' },
      timeoutMs: 120_000,
    },
    connect: {
      text: 'AT+QMTCONN=0,{clientId},{username},{password}',
      rules: quotedLogin(256),
      success: { pattern: '\\+QMTCONN: ?0,[01](?:,0)?' },
      failure: { pattern: '\\+QMTCONN: ?0,(?:2(?:,(?<code>\\d+))?|[01],(?<late>[1-9]\\d*))' },
      timeoutMs: 30_000,
    },
    received: {
      pattern: '\\+QMTRECV: ?0,\\d+,"/ext/register",(?:\\d+,)?"?(?<payload>\\{.*\\})"?',
      secrets: ['payload'],
    },
    receivedMs: 30_000,
    linkLost: { pattern: '\\+QMTSTAT: ?0,(?<code>[1-9]\\d*)' },
    close: [
      {
        text: 'AT+QMTDISC=0',
        rules: {},
        success: { pattern: '\\+QMTDISC: ?0,0' },
        failure: { pattern: '\\+QMTDISC: ?0,-?[1-9]\\d*' },
      },
      {
        text: 'AT+QMTCLOSE=0',
        rules: {},
        success: { pattern: '\\+QMTCLOSE: ?0,0' },
        failure: { pattern: '\\+QMTCLOSE: ?0,-?[1-9]\\d*' },
      },
    ],
  },
  banners: ['RDY', 'F1: [0-9A-Fa-f ]+'],
  urcHeads: [
    'APP RDY',
    '+QMTOPEN:',
    '+QMTCONN:',
    '+QMTSTAT:',
    '+QMTRECV:',
    '+QMTDISC:',
    '+QMTCLOSE:',
    '+CEREG:',
    '+CPIN:',
    '+CFUN:',
    '+QIND:',
  ],
  secretHeads: ['+QMTCFG:', '+QMTRECV:'],
};
