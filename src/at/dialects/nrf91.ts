import type { Dialect, ReadCommand } from '../dialect.js';
import { firmwareQuery, imeiQueries, matchBy, noReadBack, usual } from './common.js';

const show = (type: 3 | 4, part: 'username' | 'deviceSecret'): ReadCommand => ({
  text: `AT%CMNG=1,4242,${type}`,
  rules: {},
  captures: [
    {
      pattern: `%CMNG: ?4242,${type},"(?<${part}>[0-9A-Fa-f]*)"`,
      secrets: [part],
    },
    { pattern: '%CMNG:.*' },
  ],
});

/**
 * Nordic nRF91 with the serial modem: the secret as a pre-shared key and the name of the device as
 * its identity, under the security tag 4242 of the modem's credential store.
 *
 * Source: Nordic nRF91 AT commands, %CMNG (types 3 and 4; lists SHA-256 digests, never the values;
 * writing needs CFUN=4), and serial modem documentation, read 2026-11. That the digest of a
 * pre-shared key is made of its text is inferred from certificates, where it is.
 */
export const nrf91: Dialect = {
  ...usual,
  id: 'nrf91',
  label: 'Nordic nRF91',
  modules: ['nRF9160', 'nRF9161', 'nRF9151'],
  source: 'Nordic nRF91 AT commands reference, %CMNG; serial modem documentation, read 2026-11',
  confidence: 'inferred',
  match: matchBy('nRF91\\d\\d\\w*|mfw_nrf91\\w*'),
  uart: { baudRates: [115_200], hasAutobaud: false },
  prologue: ['ATE0', 'AT+CMEE=1'],
  identity: {
    imei: imeiQueries,
    sn: [],
    iccid: [
      {
        command: 'AT%XICCID',
        capture: { pattern: '%XICCID: ?"?(?<value>\\d{18,19}[0-9A-Fa-f]?)"?' },
      },
    ],
    firmware: [firmwareQuery],
  },
  write: [
    { text: 'AT+CFUN=4', rules: {} },
    {
      text: 'AT%CMNG=0,4242,4,{username}',
      rules: { username: { kind: 'quoted', maxBytes: 65 } },
    },
    {
      text: 'AT%CMNG=0,4242,3,{deviceSecret}',
      rules: { deviceSecret: { kind: 'quoted', maxBytes: 64, characters: '[0-9A-Fa-f]' } },
    },
  ],
  readBack: {
    ...noReadBack,
    commands: [show(4, 'username'), show(3, 'deviceSecret')],
    proves: ['username', 'deviceSecret'],
    mode: 'fingerprint',
  },
  persistence: 'nvm',
  restart: {
    command: 'AT#XRESET',
    hasFinal: true,
    bannerMs: 10_000,
    pollTries: 20,
    pollMs: 1_000,
  },
  banners: ['Ready'],
  urcHeads: ['#XMQTTEVT:', '+CEREG:', '%CESQ:'],
  secretHeads: ['%CMNG:'],
};
