import type { Dialect } from '../dialect.js';
import {
  address,
  firmwareQuery,
  iccidQuery,
  imeiQueries,
  matchBy,
  noReadBack,
  quotedTriple,
  usual,
} from './common.js';

/**
 * SIMCom SIM7070, SIM7080 and SIM7090: the triple by `AT+SMALIAUTH`.
 *
 * Source: SIM7070_SIM7080_SIM7090 Series MQTT(S) Application Note V1.03. What becomes of it over a
 * restart, and whether anything shows it again, is not stated: the module has to log in with it.
 * `AT+SMCONN` does not say why it failed. `AT+SMALIDYNA` registers without
 * pre-registration only: it fetches a token, never the secret of a triple, and the note has it over TLS.
 */
export const simcomSim70xx: Dialect = {
  ...usual,
  id: 'simcom-sim70xx',
  label: 'SIMCom SIM7070/7080/7090',
  modules: ['SIM7070', 'SIM7080', 'SIM7090'],
  source: 'SIMCom SIM7070_SIM7080_SIM7090 Series MQTT(S) Application Note V1.03',
  confidence: 'documented',
  match: matchBy('SIM70[789]0\\w*'),
  uart: { baudRates: [115_200], hasAutobaud: true },
  prologue: ['ATE0', 'AT+CMEE=1'],
  identity: {
    imei: imeiQueries,
    sn: [],
    iccid: [iccidQuery('CCID')],
    firmware: [firmwareQuery],
  },
  write: [{ text: 'AT+SMALIAUTH={productKey},{deviceName},{deviceSecret}', rules: quotedTriple }],
  readBack: noReadBack,
  persistence: 'unknown',
  restart: {
    command: 'AT+CFUN=1,1',
    hasFinal: true,
    bannerMs: 15_000,
    pollTries: 30,
    pollMs: 1_000,
  },
  login: {
    prepare: [
      {
        text: 'AT+CNACT=0,1',
        rules: {},
        success: { pattern: '\\+APP PDP: ?0,ACTIVE' },
        timeoutMs: 30_000,
        isOptional: true, // refused where it is active already
      },
      { text: 'AT+SMCONF="URL",{host},{port}', rules: address },
    ],
    connect: { text: 'AT+SMCONN', rules: {}, timeoutMs: 60_000 },
    close: [{ text: 'AT+SMDISC', rules: {}, timeoutMs: 10_000 }],
  },
  moduleRegistration: {
    commands: [
      'AT+CNACT=0,1',
      'AT+SMCONF="URL","{host}",{port}',
      'AT+SMALIDYNA="{productKey}","{deviceName}","{productSecret}"',
      'AT+SMCONN',
    ],
    gives: 'deviceToken',
    note: 'needs a valid clock (AT+CCLK); the token comes as +SMSUB: /ext/regnwl',
  },
  banners: ['RDY'],
  urcHeads: ['+SMSTATE:', '+SMSUB:', '+CPIN:', '+CFUN:', '+APP PDP:', 'SMS Ready'],
  secretHeads: ['+SMALI', '+SMCONF', '+SMSUB:'],
};
