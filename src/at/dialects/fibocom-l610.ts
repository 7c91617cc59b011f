import type { Dialect } from '../dialect.js';
import {
  address,
  firmwareQuery,
  iccidQuery,
  imeiQueries,
  matchBy,
  noReadBack,
  quotedLogin,
  usual,
} from './common.js';

/**
 * Fibocom L610: the MQTT login by `AT+MQTTUSER`, for the session of the moment.
 *
 * Source: Fibocom L610 real log. It is given before every `AT+MQTTOPEN`, so taken as kept in RAM;
 * no command is known to show the password again. `+MQTTOPEN: 1,0` is said when the link is up, and
 * of a link that failed: only `1,1` is a login.
 */
export const fibocomL610: Dialect = {
  ...usual,
  id: 'fibocom-l610',
  label: 'Fibocom L610',
  modules: ['L610', 'MC610'],
  source: 'Fibocom L610 real log; that it is kept in RAM only is inferred',
  confidence: 'inferred',
  match: matchBy('L610\\w*|MC610\\w*'),
  uart: { baudRates: [115_200], hasAutobaud: true },
  prologue: ['ATE0', 'AT+CMEE=1'],
  identity: {
    imei: imeiQueries,
    sn: [],
    iccid: [iccidQuery('CCID')],
    firmware: [firmwareQuery],
  },
  write: [{ text: 'AT+MQTTUSER=1,{username},{password},{clientId}', rules: quotedLogin(256) }],
  readBack: noReadBack,
  persistence: 'ram',
  restart: {
    command: 'AT+CFUN=1,1',
    hasFinal: true,
    bannerMs: 15_000,
    pollTries: 20,
    pollMs: 1_000,
  },
  login: {
    prepare: [{ text: 'AT+MIPCALL=1', rules: {}, timeoutMs: 30_000, isOptional: true }],
    connect: {
      text: 'AT+MQTTOPEN=1,{host},{port},1,60',
      rules: address,
      success: { pattern: '\\+MQTTOPEN: ?1,1' },
      failure: { pattern: '\\+MQTTBREAK: ?1,(?<code>\\d+)' },
      timeoutMs: 35_000,
    },
    close: [
      {
        text: 'AT+MQTTCLOSE=1',
        rules: {},
        success: { pattern: '\\+MQTTCLOSE: ?1,1' },
        timeoutMs: 10_000,
      },
    ],
  },
  banners: ['RDY'],
  urcHeads: ['+MQTTOPEN:', '+MQTTBREAK:', '+MQTTMSG:', '+SIM READY', '+CEREG:'],
  secretHeads: ['+MQTTUSER', '+MQTTMSG:'],
};
