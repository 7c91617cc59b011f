import type { Dialect } from '../dialect.js';
import {
  bareAddress,
  bareTriple,
  firmwareQuery,
  iccidQuery,
  imeiQueries,
  noReadBack,
  usual,
} from './common.js';

/**
 * Modules with the AT set of Alibaba Cloud (HAAS210): the triple by `AT+IDMAUTH`, without quotes.
 *
 * Source: Alibaba Cloud, AT commands of HAAS210 (document 426514). What it keeps and shows is not
 * stated: the module has to log in with it. An empty device secret with a product secret behind it registers in the module.
 */
export const aliyunIdm: Dialect = {
  ...usual,
  id: 'aliyun-idm',
  label: 'Alibaba Cloud IDM',
  modules: ['HAAS210'],
  source: 'Alibaba Cloud, AT commands of HAAS210 (document 426514)',
  confidence: 'documented',
  match: [{ command: 'ATI', capture: { pattern: '.*(?<value>HAAS\\d+\\w*).*' } }],
  uart: { baudRates: [115_200], hasAutobaud: false },
  identity: {
    imei: imeiQueries,
    sn: [],
    iccid: [iccidQuery('CCID')],
    firmware: [firmwareQuery],
  },
  write: [{ text: 'AT+IDMAUTH={productKey},{deviceName},{deviceSecret}', rules: bareTriple }],
  readBack: noReadBack,
  persistence: 'unknown',
  restart: {
    command: 'AT+CFUN=1,1',
    hasFinal: true,
    bannerMs: 15_000,
    pollTries: 20,
    pollMs: 1_000,
  },
  login: {
    prepare: [],
    connect: {
      text: 'AT+IDMCONN={host},{port}',
      rules: bareAddress,
      success: { pattern: '\\+IDMSTATE: ?1' },
      failure: { pattern: '\\+IDMSTATE: ?(?<code>0|[2-9]\\d*)' },
      timeoutMs: 60_000,
    },
    close: [{ text: 'AT+IDMDISCONN', rules: {}, timeoutMs: 10_000 }],
  },
  moduleRegistration: {
    commands: ['AT+IDMAUTH={productKey},{deviceName},,{productSecret}', 'AT+IDMCONN={host},{port}'],
    gives: 'deviceSecret',
    note: 'whether and how the module shows the secret is not known',
  },
  banners: ['RDY'],
  urcHeads: ['+IDMSTATE:', '+IDMRECV'],
  secretHeads: ['+IDMAUTH', '+IDMCRED'],
};
