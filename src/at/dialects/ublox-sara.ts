import type { Capture, Dialect, DialectCommand, IdentityQueries, StoredLogin } from '../dialect.js';
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

const r5 = 'SARA-R5\\w*';
const r4 = 'SARA-R41[02]M-02B';

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

const identity: IdentityQueries = {
  imei: imeiQueries,
  sn: [],
  iccid: [iccidQuery('CCID')],
  firmware: [firmwareQuery],
};

/** Before anything is written, a module is refused that tells of a login the other way round. */
const writeUnlessCalled = (others: string): readonly DialectCommand[] => [
  { text: 'AT+CGMM', rules: {}, failure: { pattern: `.*(?:${others}).*` } },
  { text: 'AT+UMQTT=0,{clientId}', rules: { clientId }, ...accepted('UMQTT: ?0') },
  server,
  {
    text: 'AT+UMQTT=4,{username},{password}',
    rules: { username, password },
    ...accepted('UMQTT: ?4'),
  },
  profile(2),
];

const restartBy = (level: 15 | 16): Dialect['restart'] => ({
  command: `AT+CFUN=${level}`,
  hasFinal: true,
  bannerMs: 5_000,
  pollTries: 30,
  pollMs: 1_000,
});

/** Shape: `done` is the number of a login, `failed` the pattern of all others. */
const loginToldBy = (done: number, failed: string): StoredLogin => ({
  prepare: [profile(1), server],
  connect: {
    text: 'AT+UMQTTC=1',
    rules: {},
    success: { pattern: `\\+UUMQTTC: ?1,${done}` },
    failure: { pattern: `\\+UMQTTC: ?1,(?<unreachable>0)|\\+UUMQTTC: ?1,(?<code>${failed})` },
    timeoutMs: 60_000,
  },
  close: [{ text: 'AT+UMQTTC=0', rules: {}, timeoutMs: 10_000 }],
});

const shared = {
  ...usual,
  confidence: 'inferred',
  uart: { baudRates: [115_200], hasAutobaud: true },
  identity,
  persistence: 'saved',
  banners: [],
  urcHeads: ['+UUMQTT', '+CEREG:', '+CREG:'],
  secretHeads: ['+UMQTT:'],
} as const;

/**
 * u-blox SARA-R5: the MQTT login in the profile of `AT+UMQTT`, saved by `AT+UMQTTNV=2`.
 *
 * Source: public code for SARA-R5 (each setting is answered `+UMQTT: n,1`, then OK; save 2, restore 1)
 * and u-blox's own driver (`AT+UMQTTC=1` logs in; `+UUMQTTC: 1,1` is a login, any other number none,
 * whether it was refused or the broker out of reach). The form of `AT+UMQTT?` and the restart are
 * inferred. It keeps the login, not the triple.
 */
export const ubloxSara: Dialect = {
  ...shared,
  id: 'ublox-sara',
  label: 'u-blox UMQTT',
  modules: ['SARA-R5'],
  source:
    'Public code for SARA-R5 and ubxlib of u-blox (UMQTT, UMQTTNV, UMQTTC); read-back and restart inferred',
  match: matchBy(r5),
  write: writeUnlessCalled(r4),
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
  restart: restartBy(16),
  login: loginToldBy(1, '0|[2-9]|[1-9]\\d+'),
};

/**
 * u-blox SARA-R410M and SARA-R412M of the type 02B: as SARA-R5, but `+UUMQTTC: 1,0` is a login and any
 * other number an error.
 *
 * Source: public code for SARA-R4 and u-blox's own driver, which calls this the old syntax, shows a
 * setting by a URC after the OK (so nothing is read back) and restarts by 15. SARA-R422 and the type
 * 03B go by the numbers of SARA-R5 there. What an error number means is not known: a broker out of
 * reach gives one too. That the profile outlives a restart is inferred.
 */
export const ubloxSaraR4: Dialect = {
  ...shared,
  id: 'ublox-sara-r4',
  label: 'u-blox UMQTT, old syntax',
  modules: ['SARA-R410M-02B', 'SARA-R412M-02B'],
  source: 'Public code for SARA-R4 and ubxlib of u-blox (UMQTT, UMQTTNV, UMQTTC); keeping inferred',
  match: matchBy(r4),
  write: writeUnlessCalled(`${r5}|SARA-R422\\w*|SARA-R410M-03B`),
  readBack: noReadBack,
  restart: restartBy(15),
  login: loginToldBy(0, '[1-9]\\d*'),
};
