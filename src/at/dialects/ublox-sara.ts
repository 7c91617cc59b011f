import type { Capture, Dialect, DialectCommand } from '../dialect.js';
import {
  address,
  firmwareQuery,
  iccidQuery,
  imeiQueries,
  matchBy,
  quotedLogin,
  usual,
} from './common.js';

const accepted = (head: string): { readonly success: Capture; readonly failure: Capture } => ({
  success: { pattern: `\\+${head},1` },
  failure: { pattern: `\\+${head},0` },
});
const { clientId, username, password } = quotedLogin(128);

const profile = (operation: 1 | 2): DialectCommand => ({
  text: `AT+UMQTTNV=${operation}`,
  rules: {},
  ...accepted(`UMQTTNV: ?${operation}`),
});

const server: DialectCommand = {
  text: 'AT+UMQTT=2,{host},{port}',
  rules: address,
  ...accepted('UMQTT: ?2'),
};

/**
 * u-blox SARA-R4 and SARA-R5: the MQTT login in the profile of `AT+UMQTT`, saved by `AT+UMQTTNV=2`.
 *
 * Source: public code for SARA-R4 and R5 (each setting is answered `+UMQTT: n,1`, then OK; save 2,
 * restore 1; `AT+UMQTTC=1` logs in and `+UUMQTTC: 1,r` tells the end: r is 0 on R4 and 1 on R5, so
 * neither tells a login from a refusal, which is left to the service). The form of `AT+UMQTT?` and
 * the restart are inferred. It keeps the login, not the triple.
 */
export const ubloxSara: Dialect = {
  ...usual,
  id: 'ublox-sara',
  label: 'u-blox UMQTT',
  modules: ['SARA-R4', 'SARA-R5'],
  source:
    'Public code for SARA-R4 and SARA-R5 (UMQTT, UMQTTNV, UMQTTC); read-back and restart inferred',
  confidence: 'inferred',
  match: matchBy('SARA-R[45]\\w*'),
  uart: { baudRates: [115_200], hasAutobaud: true },
  identity: {
    imei: imeiQueries,
    sn: [],
    iccid: [iccidQuery('CCID')],
    firmware: [firmwareQuery],
  },
  write: [
    { text: 'AT+UMQTT=0,{clientId}', rules: { clientId }, ...accepted('UMQTT: ?0') },
    server,
    {
      text: 'AT+UMQTT=4,{username},{password}',
      rules: { username, password },
      ...accepted('UMQTT: ?4'),
    },
    profile(2),
  ],
  readBack: {
    prepare: [profile(1)],
    commands: [
      {
        text: 'AT+UMQTT?',
        rules: {},
        captures: [
          { pattern: '\\+UMQTT: ?0,"(?<clientId>[^"]*)"' },
          { pattern: '\\+UMQTT: ?4,"(?<username>[^"]*)"(?:,"[^"]*")?' },
          { pattern: '\\+UMQTT: ?4,.*' },
        ],
      },
    ],
    proves: ['clientId', 'username'],
    emptyErrors: [],
    mode: 'masked',
  },
  persistence: 'saved',
  restart: {
    command: 'AT+CFUN=16',
    hasFinal: true,
    bannerMs: 5_000,
    pollTries: 30,
    pollMs: 1_000,
  },
  login: {
    prepare: [profile(1), server],
    connect: {
      text: 'AT+UMQTTC=1',
      rules: {},
      success: { pattern: '\\+UUMQTTC: ?1,[01]' },
      failure: {
        pattern: '\\+UMQTTC: ?1,(?<unreachable>0)|\\+UUMQTTC: ?1,(?<code>[2-9]|[1-9]\\d+)',
      },
      timeoutMs: 60_000,
    },
    close: [{ text: 'AT+UMQTTC=0', rules: {}, timeoutMs: 10_000 }],
  },
  banners: [],
  urcHeads: ['+UUMQTT', '+CEREG:', '+CREG:'],
  secretHeads: ['+UMQTT:'],
};
