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
 * China Mobile ML302, ML305 and ML307: the MQTT login is a part of the login itself.
 *
 * Source: public code for ML307R and MN316 (`AT+MQTTCONN`, `+MQTTURC: "conn"`, lengths). There is no
 * command that only stores it: writing logs in, which takes a network and activates the device. So a
 * login after the restart would be made with what the jig has just typed in, and prove nothing. That
 * nothing outlives a restart is inferred; no command shows the login again on every firmware.
 */
export const cmccMl307: Dialect = {
  ...usual,
  id: 'cmcc-ml307',
  label: 'China Mobile ML307',
  modules: ['ML302', 'ML305', 'ML307R', 'ML307A'],
  source: 'Public code for ML307R and MN316; that nothing is kept is inferred',
  confidence: 'inferred',
  match: matchBy('ML30[257]\\w*'),
  uart: { baudRates: [115_200], hasAutobaud: true },
  prologue: ['ATE0', 'AT+CMEE=1'],
  identity: {
    imei: imeiQueries,
    sn: [],
    iccid: [iccidQuery('MCCID'), iccidQuery('ICCID')],
    firmware: [firmwareQuery],
  },
  write: [
    {
      text: 'AT+MQTTCONN=0,{host},{port},{clientId},{username},{password}',
      rules: { ...quotedLogin(128), ...address },
      success: { pattern: '\\+MQTTURC: ?"conn",0,0' },
      failure: { pattern: '\\+MQTTURC: ?"conn",0,(?<code>[1-9]\\d*)' },
      timeoutMs: 30_000,
    },
  ],
  readBack: noReadBack,
  persistence: 'ram',
  restart: {
    command: 'AT+CFUN=1,1',
    hasFinal: true,
    bannerMs: 15_000,
    pollTries: 20,
    pollMs: 1_000,
  },
  banners: ['RDY', '\\+MATREADY'],
  urcHeads: ['+MQTTURC:', '+CEREG:', '+CPIN:'],
  secretHeads: ['+MQTTCFG:', '+MQTTURC: "publish"'],
  answerMs: 9_000,
};
