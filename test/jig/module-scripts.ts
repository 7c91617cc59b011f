import { createHash, createHmac } from 'node:crypto';
import type { Dialect } from '../../src/at/dialect.js';
import { aliyunIdm } from '../../src/at/dialects/aliyun-idm.js';
import { cmccMl307 } from '../../src/at/dialects/cmcc-ml307.js';
import { eigencommEcmt } from '../../src/at/dialects/eigencomm-ecmt.js';
import { espAt } from '../../src/at/dialects/esp-at.js';
import { fibocomL610 } from '../../src/at/dialects/fibocom-l610.js';
import { luat } from '../../src/at/dialects/luat.js';
import { neoway } from '../../src/at/dialects/neoway.js';
import { nrf91 } from '../../src/at/dialects/nrf91.js';
import { quectelQmt } from '../../src/at/dialects/quectel-qmt.js';
import { simcomA76xx } from '../../src/at/dialects/simcom-a76xx.js';
import { simcomSim70xx } from '../../src/at/dialects/simcom-sim70xx.js';
import { ubloxSara } from '../../src/at/dialects/ublox-sara.js';
import { yugeImqtt } from '../../src/at/dialects/yuge-imqtt.js';
import type { ModuleScript } from './scripted-module.js';

const imei = '862000000000001';
const pk = 'a1JszCpjS61';
const ds = imei.padStart(32, 'c');
const content = `clientIddn_0001deviceNamedn_0001productKey${pk}`;
const password = createHmac('sha256', ds).update(content).digest('hex');
const clientId = 'dn_0001|securemode=3,signmethod=hmacsha256|';
const username = `dn_0001&${pk}`;
const ok = ['OK'];

/** The password of the unit, which may be as little in a transcript as its secret. */
export const unitPassword = password;

const cellular = {
  'AT+CMEE=1': ok,
  'AT+CGSN=1': [`+CGSN: "${imei}"`, 'OK'],
  'AT+CGSN=0': ['+CGSN: SN0001', 'OK'],
  'AT+CGMR': ['+CGMR: V1.0', 'OK'],
};

const eigencomm: ModuleScript = {
  dialect: eigencommEcmt,
  identity: { ...cellular, 'AT+ECMTCFG="cloud",0,2,1': ok },
  take: (command, module) => {
    if (command === 'AT+ECMTCFG="aliauth",0') {
      const { dn = '', ds = '', pk = '' } = module.stored;
      return [`+ECMTCFG: "aliauth",${dn},${ds},${pk}`, 'OK'];
    }
    return module.store(/^AT\+ECMTCFG="aliauth",0,"(?<pk>.*)","(?<dn>.*)","(?<ds>.*)"$/, command);
  },
  writes: [`AT+ECMTCFG="aliauth",0,"${pk}","dn_0001","${ds}"`],
  keeps: 'nothing',
  banner: 'REBOOTING',
};

const quectel: ModuleScript = {
  dialect: quectelQmt,
  identity: { ...cellular, 'AT+QURCCFG="urcport","uart1"': ok },
  take: (command, module) => {
    if (command === 'AT+QMTCFG="aliauth",0') {
      const { pk, dn = '', ds = '' } = module.stored;
      return pk === undefined ? ok : [`+QMTCFG: "aliauth","${pk}","${dn}","${ds}"`, 'OK'];
    }
    return command === 'AT+CFUN=1,1'
      ? module.restart('OK')
      : module.store(/^AT\+QMTCFG="aliauth",0,"(?<pk>.*)","(?<dn>.*)","(?<ds>.*)"$/, command);
  },
  writes: [`AT+QMTCFG="aliauth",0,"${pk}","dn_0001","${ds}"`],
  keeps: 'stored',
  banner: 'RDY',
};

const mac = 'a0:b1:c2:d3:00:01';
const espSecret = mac.padStart(32, 'c');

const espressif: ModuleScript = {
  dialect: espAt,
  identity: {
    'AT+CIPSTAMAC?': [`+CIPSTAMAC:"${mac}"`, 'OK'],
    'AT+GMR': ['AT version:4.1.1.0(1fe2d1c)', 'SDK version:v5.0.6', 'OK'],
  },
  take: (command, module) => {
    const shown = /^AT\+SYSMFG=1,"triplemint","(\w+)"$/.exec(command)?.[1];
    if (shown !== undefined) {
      const value = module.stored[shown];
      const line = `+SYSMFG:"triplemint","${shown}",7,${value?.length ?? 0},${value ?? ''}`;
      return value === undefined ? ['ERROR'] : [line, 'OK'];
    }
    const [, key = '', length] = /^AT\+SYSMFG=2,"triplemint","(\w+)",7,(\d+)$/.exec(command) ?? [];
    if (length === undefined) {
      return command === 'AT+RST' ? module.restart('OK', '\xe1\x8e\0\xf0') : undefined;
    }
    module.peer?.say('OK');
    module.peer?.takeData(Number(length), (data) => {
      module.written.push(command, data);
      module.keep({ [key]: data });
      return ok;
    });
    return [];
  },
  writes: [
    'AT+SYSMFG=2,"triplemint","productKey",7,11',
    pk,
    'AT+SYSMFG=2,"triplemint","deviceName",7,7',
    'dn_0:01',
    'AT+SYSMFG=2,"triplemint","deviceSecret",7,32',
    espSecret,
  ],
  keeps: 'stored',
  banner: 'ready',
};

const shownLogin = [
  { pattern: '\\+UMQTT: ?0,"(?<clientId>[^"]*)"' },
  {
    pattern: '\\+UMQTT: ?4,"(?<username>[^"]*)","(?<password>[^"]*)"',
    secrets: ['password'],
  },
];

const ublox: ModuleScript = {
  // A firmware that shows the password, and a dialect of its own that says so.
  dialect: {
    ...ubloxSara,
    readBack: {
      ...ubloxSara.readBack,
      commands: [{ text: 'AT+UMQTT?', rules: {}, captures: shownLogin }],
      proves: ['clientId', 'username', 'password'],
      mode: 'clear',
    },
    // The module says nothing when it starts: there is no banner to wait for.
    restart: { ...ubloxSara.restart, bannerMs: 200 },
  },
  identity: { ...cellular, 'AT+CGMM': ['SARA-R510S', 'OK'] },
  hasEcho: true,
  take: (command, module) => {
    switch (command) {
      case 'AT+UMQTT?': {
        const { cid = '', user = '', password = '' } = module.stored;
        const login = `+UMQTT: 4,"${user}","${password}"`;
        return [`+UMQTT: 0,"${cid}"`, '+UMQTT: 2,"broker.test",1883', login, 'OK'];
      }
      case 'AT+UMQTTNV=2':
        module.save();
        module.written.push(command);
        return ['+UMQTTNV: 2,1', 'OK'];
      case 'AT+UMQTTNV=1':
        module.restore();
        return ['OK', '+UMQTTNV: 1,1'];
      case 'AT+CFUN=16':
        return module.restart('OK');
      default:
        return (
          module.store(/^AT\+UMQTT=0,"(?<cid>.*)"$/, command, ['+UMQTT: 0,1', 'OK']) ??
          module.store(/^AT\+UMQTT=2,"(?<host>.*)",\d+$/, command, ['+UMQTT: 2,1', 'OK']) ??
          module.store(/^AT\+UMQTT=4,"(?<user>.*)","(?<password>.*)"$/, command, [
            '+UMQTT: 4,1',
            'OK',
          ])
        );
    }
  },
  writes: [
    `AT+UMQTT=0,"${clientId}"`,
    'AT+UMQTT=2,"broker.test",1883',
    `AT+UMQTT=4,"${username}","${password}"`,
    'AT+UMQTTNV=2',
  ],
  keeps: 'saved',
  banner: '',
};

const nordic: ModuleScript = {
  dialect: nrf91,
  identity: { ...cellular, 'AT+CFUN=4': ok },
  take: (command, module) => {
    const type = /^AT%CMNG=1,4242,([34])$/.exec(command)?.[1];
    if (type !== undefined) {
      const value = module.stored[type === '3' ? 'psk' : 'id'];
      const digest = createHash('sha256')
        .update(value ?? '')
        .digest('hex')
        .toUpperCase();
      return value === undefined ? ok : [`%CMNG: 4242,${type},"${digest}"`, 'OK'];
    }
    return command === 'AT#XRESET'
      ? module.restart('OK')
      : (module.store(/^AT%CMNG=0,4242,4,"(?<id>.*)"$/, command) ??
          module.store(/^AT%CMNG=0,4242,3,"(?<psk>.*)"$/, command));
  },
  writes: [`AT%CMNG=0,4242,4,"${username}"`, `AT%CMNG=0,4242,3,"${ds}"`],
  keeps: 'stored',
  banner: 'Ready',
};

/** A family that takes this and shows none of it; `results` are lines that come after the OK. */
function silent(
  dialect: Dialect,
  writes: readonly string[],
  results: Readonly<Record<string, string>> = {},
): ModuleScript {
  return {
    dialect,
    identity: cellular,
    take: (command, module) => {
      if (!writes.includes(command)) {
        return undefined;
      }
      module.written.push(command);
      const result = Object.keys(results).find((head) => command.startsWith(head));
      return result === undefined ? ok : ['OK', results[result] ?? ''];
    },
    writes,
    keeps: 'nothing',
    banner: 'RDY',
  };
}

/** Every family that shows nothing of what it holds. */
export const silentScripts = [
  silent(
    simcomA76xx,
    [
      'AT+CMQTTSTART',
      `AT+CMQTTACCQ=0,"${clientId}"`,
      `AT+CMQTTCFG="aliauth",0,"${pk}","dn_0001","${ds}"`,
    ],
    { 'AT+CMQTTSTART': '+CMQTTSTART: 0' },
  ),
  silent(simcomSim70xx, [`AT+SMALIAUTH="${pk}","dn_0001","${ds}"`]),
  silent(fibocomL610, [`AT+MQTTUSER=1,"${username}","${password}","${clientId}"`]),
  silent(
    cmccMl307,
    [`AT+MQTTCONN=0,"broker.test",1883,"${clientId}","${username}","${password}"`],
    { 'AT+MQTTCONN': '+MQTTURC: "conn",0,0' },
  ),
  silent(neoway, [`AT+MQTTCONNPARAM="${clientId}","${username}","${password}"`]),
  silent(luat, [`AT+MCONFIG="${clientId}","${username}","${password}"`]),
  silent(yugeImqtt, [`AT+IMQTTAUTH=${pk},dn_0001,${ds},0`]),
  silent(aliyunIdm, [`AT+IDMAUTH=${pk},dn_0001,${ds}`]),
];

/** Every family that shows what it holds. */
export const provingScripts = [eigencomm, quectel, espressif, ublox, nordic];
