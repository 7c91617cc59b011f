import type { Dialect } from '../dialect.js';
import {
  bareAddress,
  firmwareQuery,
  iccidQuery,
  imeiQueries,
  matchBy,
  noReadBack,
  quotedLogin,
  usual,
} from './common.js';

/**
 * Neoway N706 and N720: the MQTT login by `AT+MQTTCONNPARAM`.
 *
 * Source: public code for N706 and N720. That it is kept in RAM only is inferred; no command shows
 * it again. `AT+MQTTCONN` answers OK once the broker has, and does not say why it failed.
 */
export const neoway: Dialect = {
  ...usual,
  id: 'neoway',
  label: 'Neoway MQTT',
  modules: ['N706', 'N720'],
  source: 'Public code for Neoway N706 and N720; that it is kept in RAM only is inferred',
  confidence: 'inferred',
  match: matchBy('N7[02][06]\\w*'),
  uart: { baudRates: [115_200, 9_600], hasAutobaud: true },
  prologue: ['ATE0', 'AT+CMEE=1'],
  identity: {
    imei: imeiQueries,
    sn: [],
    iccid: [iccidQuery('CCID')],
    firmware: [firmwareQuery],
  },
  write: [{ text: 'AT+MQTTCONNPARAM={clientId},{username},{password}', rules: quotedLogin(256) }],
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
    prepare: [{ text: 'AT+XIIC=1', rules: {}, timeoutMs: 30_000, isOptional: true }],
    connect: {
      text: 'AT+MQTTCONN="{host}:{port}",0,60',
      rules: bareAddress,
      timeoutMs: 120_000,
    },
    close: [{ text: 'AT+MQTTDISCONN', rules: {}, timeoutMs: 10_000 }],
  },
  banners: ['MODEM:STARTUP'],
  urcHeads: ['+MQTT', '+CPIN:', '+CEREG:', '+PBREADY'],
  secretHeads: ['+MQTTCONNPARAM', '+MQTTSUB:'],
};
