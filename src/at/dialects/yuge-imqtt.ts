import type { Dialect } from '../dialect.js';
import {
  bareTriple,
  firmwareQuery,
  iccidQuery,
  imeiQueries,
  matchBy,
  noReadBack,
  usual,
} from './common.js';

/**
 * Yuge Cat.1 modules on ASR: the triple by `AT+IMQTTAUTH` with the flag 0, without quotes.
 *
 * Source: Yuge real log and public code. With the flag 1 and the product secret the module registers
 * by itself; the host then has to write the secret again with the flag 0. Nothing shows it again;
 * what becomes of it over a restart is not stated, and neither is how a broker that is not Alibaba's
 * is named beside it: the jig cannot have the module log in. The names by which it is found are inferred.
 */
export const yugeImqtt: Dialect = {
  ...usual,
  id: 'yuge-imqtt',
  label: 'Yuge IMQTT',
  modules: ['CLM920', 'YM310'],
  source: 'Yuge real log and public code',
  confidence: 'observed',
  match: matchBy('CLM920\\w*|YM310\\w*'),
  uart: { baudRates: [115_200], hasAutobaud: true },
  prologue: ['ATE0', 'AT+CMEE=1'],
  identity: {
    imei: imeiQueries,
    sn: [],
    iccid: [iccidQuery('ICCID'), iccidQuery('CCID')],
    firmware: [firmwareQuery],
  },
  write: [{ text: 'AT+IMQTTAUTH={productKey},{deviceName},{deviceSecret},0', rules: bareTriple }],
  readBack: noReadBack,
  persistence: 'unknown',
  restart: {
    command: 'AT+CFUN=1,1',
    hasFinal: true,
    bannerMs: 15_000,
    pollTries: 20,
    pollMs: 1_000,
  },
  moduleRegistration: {
    commands: [
      'AT+IMQTTAUTH={productKey},{deviceName},{productSecret},1',
      'AT+IMQTTAUTH={productKey},{deviceName},{deviceSecret},0',
    ],
    gives: 'deviceSecret',
    note: 'the secret comes as +IMQTTAUTH:, twice, and the host writes it; how another broker than that of Alibaba Cloud is named is not known',
  },
  banners: ['RDY'],
  urcHeads: ['+IMQTTCONN:', '+IMQTTSTATE:', '+CPIN:', '+CEREG:'],
  secretHeads: ['+IMQTTAUTH'],
};
