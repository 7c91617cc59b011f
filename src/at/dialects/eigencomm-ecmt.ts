import type { Dialect } from '../dialect.js';
import {
  firmwareQuery,
  iccidQuery,
  imeiQueries,
  matchBy,
  quotedTriple,
  secrets,
  snQuery,
  usual,
} from './common.js';

const unquoted = '(?<deviceName>[^",]*),(?<deviceSecret>[^",]*),(?<productKey>[^",]*)';

/**
 * Eigencomm EC616 and EC616S, and what is made of them: the `AT+ECMT…` set.
 *
 * Source: EC616S firmware source, atec_mqtt.c and at_util.c. A value that is too long is answered OK
 * and stored as nothing. The read-back has no quotes and another order than the write. Credentials
 * live in a heap context, no call into NVM. The CONNECT takes client ids up to 48 bytes only, so a
 * login that the service signs for a registration does not fit. That the firmware of the EC616S
 * takes no device secret where it registers by itself is inferred.
 */
export const eigencommEcmt: Dialect = {
  ...usual,
  id: 'eigencomm-ecmt',
  label: 'Eigencomm ECMT',
  modules: ['EC616', 'EC616S', 'Lierda NB81', 'Lierda MB26', 'Ai-Thinker EC-01'],
  source: 'Eigencomm EC616S firmware source, atec_mqtt.c, at_util.c, atec_plat_dev.c',
  confidence: 'observed',
  match: matchBy('EC616S?|NB81|MB26|EC-01[A-Z]?'),
  uart: { baudRates: [9_600, 115_200], hasAutobaud: true },
  prologue: ['ATE0', 'AT+CMEE=1'],
  identity: {
    imei: imeiQueries,
    sn: [snQuery],
    iccid: [iccidQuery('ECICCID')],
    firmware: [firmwareQuery],
  },
  write: [
    // Firmware before the EC616S has no such key, and stores the triple without it.
    { text: 'AT+ECMTCFG="cloud",0,2,1', rules: {}, isOptional: true },
    {
      text: 'AT+ECMTCFG="aliauth",0,{productKey},{deviceName},{deviceSecret}',
      rules: quotedTriple,
    },
  ],
  readBack: {
    prepare: [],
    commands: [
      {
        text: 'AT+ECMTCFG="aliauth",0',
        rules: {},
        captures: [
          { pattern: `\\+ECMTCFG: ?"aliauth",${unquoted}`, secrets },
          { pattern: '\\+ECMTCFG:.*' },
        ],
      },
    ],
    proves: ['productKey', 'deviceName', 'deviceSecret'],
    emptyErrors: ['3'],
    mode: 'clear',
  },
  persistence: 'ram',
  restart: {
    command: 'AT+NRB',
    hasFinal: false,
    bannerMs: 5_000,
    pollTries: 20,
    pollMs: 1_000,
  },
  moduleRegistration: {
    commands: [
      'AT+ECMTCFG="cloud",0,2,1',
      'AT+ECMTCFG="aliauth",0,"{productKey}","{deviceName}",,"{deviceName}","{productSecret}","register","hmacsha256","tls-ca","2",,1',
      'AT+ECMTOPEN=0,"{host}",{port}',
      'AT+ECMTCONN=0,"{deviceName}"',
    ],
    gives: 'deviceSecret',
    note: 'firmware of the EC616S only, 2023; an EC616 of 2020 takes the triple alone; the secret stays in RAM and is not shown; "regnwl" instead of "register" asks for a token',
  },
  banners: ['REBOOTING'],
  urcHeads: ['+ECMTOPEN:', '+ECMTCONN:', '+ECMTSTAT:', '+ECMTRECV:', '+CEREG:', '+CPIN:'],
  secretHeads: ['+ECMTCFG:', '+ECMTRECV:'],
};
