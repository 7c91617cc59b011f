import type { Dialect } from '../dialect.js';
import {
  bareAddress,
  firmwareQuery,
  iccidQuery,
  imeiQueries,
  matchBy,
  noReadBack,
  quotedLogin,
  quotedTriple,
  usual,
} from './common.js';

/**
 * SIMCom A76xx: the triple by `AT+CMQTTCFG="aliauth"`, forgotten at the next `AT+CMQTTREL`.
 *
 * Source: A76XX AT Command Manual V1.09, 18.2.11, and MQTT(S) Application Note V1.02: no command
 * shows it again, and the service has to be started first, which takes a SIM. The cloud application
 * note V1.02 has the same command connect at once; try which holds for a firmware. The login is for
 * a firmware that turns out to keep the triple.
 */
export const simcomA76xx: Dialect = {
  ...usual,
  id: 'simcom-a76xx',
  label: 'SIMCom A76xx CMQTT',
  modules: ['A7670', 'A7672', 'A7608', 'A7600'],
  source: 'SIMCom A76XX AT Command Manual V1.09 and MQTT(S) Application Note V1.02',
  confidence: 'documented',
  match: matchBy('A76\\d\\d\\w*'),
  uart: { baudRates: [115_200], hasAutobaud: true },
  prologue: ['ATE0', 'AT+CMEE=1'],
  identity: {
    imei: imeiQueries,
    sn: [],
    iccid: [iccidQuery('CICCID', 'C?ICCID')],
    firmware: [firmwareQuery],
  },
  write: [
    {
      text: 'AT+CMQTTSTART',
      rules: {},
      success: { pattern: '\\+CMQTTSTART: ?0' },
      failure: { pattern: '\\+CMQTTSTART: ?(?<code>[1-9]\\d*)' },
      timeoutMs: 12_000,
      isOptional: true, // refused where it runs already
    },
    {
      text: 'AT+CMQTTACCQ=0,{clientId}',
      rules: { clientId: quotedLogin(128).clientId },
      isOptional: true,
    },
    {
      text: 'AT+CMQTTCFG="aliauth",0,{productKey},{deviceName},{deviceSecret}',
      rules: quotedTriple,
    },
  ],
  readBack: noReadBack,
  persistence: 'ram',
  restart: {
    command: 'AT+CRESET',
    hasFinal: true,
    bannerMs: 15_000,
    pollTries: 30,
    pollMs: 1_000,
  },
  login: {
    prepare: [
      {
        text: 'AT+CMQTTSTART',
        rules: {},
        success: { pattern: '\\+CMQTTSTART: ?0' },
        failure: { pattern: '\\+CMQTTSTART: ?(?<code>[1-9]\\d*)' },
        timeoutMs: 12_000,
        isOptional: true, // refused where it runs already, as the client is where there is one
      },
      { text: 'AT+CMQTTACCQ=0,"triplemint"', rules: {}, isOptional: true },
    ],
    connect: {
      text: 'AT+CMQTTCONNECT=0,"tcp://{host}:{port}",60,1',
      rules: bareAddress,
      success: { pattern: '\\+CMQTTCONNECT: ?0,0' },
      failure: {
        // 27 to 31 are the refusals of CONNACK.
        pattern: '\\+CMQTTCONNECT: ?0,(?:(?<code>2[7-9]|3[01])|(?<unreachable>[1-9]\\d*))',
      },
      timeoutMs: 60_000,
    },
    close: [
      {
        text: 'AT+CMQTTDISC=0,60',
        rules: {},
        success: { pattern: '\\+CMQTTDISC: ?0,0' },
        failure: { pattern: '\\+CMQTTDISC: ?0,[1-9]\\d*' },
        timeoutMs: 10_000,
      },
      // Without AT+CMQTTREL, which is known to clear what was written.
    ],
  },
  banners: ['RDY', '\\*ATREADY: ?\\d+'],
  urcHeads: ['+CMQTT', '+CPIN:', '+CEREG:', 'SMS DONE', 'PB DONE'],
  secretHeads: ['+CMQTTCFG:', '+CMQTTRX'],
};
