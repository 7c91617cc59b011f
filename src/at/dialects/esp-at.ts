import type { Dialect, DialectCommand, ReadCommand } from '../dialect.js';
import type { ArgumentRule } from '../render.js';
import { matchBy, noReadBack, secrets, usual } from './common.js';

type Part = 'productKey' | 'deviceName' | 'deviceSecret';

const limits = { productKey: 32, deviceName: 32, deviceSecret: 64 } as const;

const store = (part: Part): DialectCommand => {
  const raw: ArgumentRule = { kind: 'raw', maxBytes: limits[part] };
  return {
    text: `AT+SYSMFG=2,"triplemint","${part}",7,{${part}.length}`,
    rules: {},
    data: { text: `{${part}}`, rules: { [part]: raw } },
  };
};

const show = (part: Part): ReadCommand => ({
  text: `AT+SYSMFG=1,"triplemint","${part}"`,
  rules: {},
  captures: [
    { pattern: `\\+SYSMFG: ?"triplemint","${part}",7,\\d+,"?(?<${part}>[^"]*)"?`, secrets },
    { pattern: '\\+SYSMFG:.*' },
  ],
});

/**
 * Espressif ESP-AT: the triple as three strings in the manufacturing NVS, name space `triplemint`.
 *
 * Source: ESP-AT user guide, Basic AT Commands and SYSMFG examples, read 2026-11: a string is
 * announced with its length, answered OK, then `>`, then taken, then answered OK once more; kept
 * until it is erased. The MQTT commands themselves keep nothing. How a missing key is answered is
 * not documented: taken as ERROR.
 */
export const espAt: Dialect = {
  ...usual,
  id: 'esp-at',
  label: 'Espressif ESP-AT',
  modules: ['ESP32', 'ESP32-C2', 'ESP32-C3', 'ESP32-C6', 'ESP32-S2'],
  source: 'ESP-AT user guide, Basic AT Commands, AT+SYSMFG examples, read 2026-11',
  confidence: 'documented',
  match: [
    { command: 'AT+GMR', capture: { pattern: '.*(?<value>ESP32[A-Z0-9-]*).*' } },
    ...matchBy('ESP32'),
  ],
  uart: { baudRates: [115_200], hasAutobaud: false },
  identity: {
    imei: [],
    sn: [],
    mac: [
      {
        command: 'AT+CIPSTAMAC?',
        capture: { pattern: '\\+CIPSTAMAC: ?"(?<value>[0-9A-Fa-f:]{17})"' },
      },
    ],
    iccid: [],
    firmware: [
      { command: 'AT+GMR', capture: { pattern: 'AT version: ?(?<value>[^\\s(]{1,64}).*' } },
    ],
  },
  write: [store('productKey'), store('deviceName'), store('deviceSecret')],
  readBack: {
    ...noReadBack,
    commands: [show('productKey'), show('deviceName'), show('deviceSecret')],
    proves: ['productKey', 'deviceName', 'deviceSecret'],
    emptyErrors: ['ERROR'],
    mode: 'clear',
  },
  persistence: 'nvm',
  restart: {
    command: 'AT+RST',
    hasFinal: true,
    bannerMs: 10_000,
    pollTries: 20,
    pollMs: 1_000,
  },
  banners: ['ready'],
  urcHeads: ['WIFI ', '+MQTT', 'SEND '],
  secretHeads: ['+SYSMFG:'],
  busyLines: ['busy [ps]\\.\\.\\.'],
};
