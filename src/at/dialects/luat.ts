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
 * Luat Air7xx with the AT firmware: the MQTT login by `AT+MCONFIG`, signed by the host.
 *
 * Source: Luat documentation, Air780EP with Alibaba Cloud, 2024-07. That it is kept in RAM only is
 * inferred from its being given before every `AT+MIPSTART`; no command shows it again.
 */
export const luat: Dialect = {
  ...usual,
  id: 'luat',
  label: 'Luat Air7xx',
  modules: ['Air724', 'Air780E', 'Air780EP', 'Air795'],
  source: 'Luat documentation, Air780EP with Alibaba Cloud; that it is kept in RAM is inferred',
  confidence: 'inferred',
  match: matchBy('A[iI][rR]7\\d\\d\\w*'),
  uart: { baudRates: [115_200], hasAutobaud: true },
  prologue: ['ATE0', 'AT+CMEE=1'],
  identity: {
    imei: imeiQueries,
    sn: [],
    iccid: [iccidQuery('ICCID'), iccidQuery('CCID')],
    firmware: [firmwareQuery],
  },
  write: [{ text: 'AT+MCONFIG={clientId},{username},{password}', rules: quotedLogin(256) }],
  readBack: noReadBack,
  persistence: 'ram',
  restart: {
    command: 'AT+RESET',
    hasFinal: true,
    bannerMs: 15_000,
    pollTries: 20,
    pollMs: 1_000,
  },
  login: {
    prepare: [
      { text: 'AT+CSTT', rules: {}, isOptional: true },
      { text: 'AT+CIICR', rules: {}, timeoutMs: 30_000, isOptional: true },
    ],
    open: {
      text: 'AT+MIPSTART={host},{port}',
      rules: address,
      success: { pattern: '(?:CONNECT OK|ALREADY CONNECT)' },
      failure: { pattern: 'CONNECT FAIL' },
      timeoutMs: 30_000,
    },
    connect: {
      text: 'AT+MCONNECT=1,60',
      rules: {},
      success: { pattern: 'CONNACK OK' },
      failure: { pattern: 'CLOSED' },
      timeoutMs: 30_000,
    },
    close: [
      { text: 'AT+MDISCONNECT', rules: {} },
      { text: 'AT+MIPCLOSE', rules: {} },
    ],
  },
  banners: ['RDY'],
  urcHeads: ['CONNECT OK', 'CONNACK OK', '+MSUB:', '+CPIN:', '+CGREG:', '+E_UTRAN'],
  secretHeads: ['+MCONFIG', '+MSUB:'],
};
