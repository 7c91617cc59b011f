import { expect, test } from 'vitest';
import { familyTitles } from '../../src/simulator/families.js';
import { talkTo } from './talk.js';
import type { Talk } from './talk.js';

const secret = '0123456789abcdef0123456789abcdef';
const p33 = 'p'.repeat(33);

/** One conversation for every family: write, read back, a wrong value, a restart, read back. */
const talks: Readonly<Record<string, Talk>> = {
  'lierda-nt35e': [
    ['ATE0', 'ATE0\r|OK|'],
    [`AT+LMQTTCFG="aliauth",0,"pk","dn","${secret}"`, '|OK|'],
    ['AT+LMQTTCFG="aliauth",0', `|+LMQTTCFG: "aliauth",0,"pk","dn","${secret}"||OK|`],
    ['AT+CFUN=0,1', '|OK||RDY|'],
  ],
  'quectel-bc26': [
    ['ATE0', 'ATE0\r|OK|'],
    ['ATI', '|Quectel_Ltd||Quectel_BC26||Revision: BC26NBR01A07||OK|'],
    ['AT+CGSN=1', '|+CGSN: {imei}||OK|'],
    ['AT+QMTCFG="aliauth",0', '|OK|'],
    [`AT+QMTCFG="aliauth",0,"pk","dn","${secret}"`, '|OK|'],
    ['AT+QMTCFG="aliauth",0', `|+QMTCFG: "aliauth","pk","dn","${secret}"||OK|`],
    ['AT+QMTCFG="aliauth",0,"pk","","x"', '|+CME ERROR: 3|'],
    ['AT+QMTCFG="aliauth",9', '|+CME ERROR: 3|'],
    ['AT+QMTCFG="cloud",0', '|+CME ERROR: 3|'],
    ['AT+LMQTTCFG=?', '|ERROR|'],
    [
      'AT+CFUN=1,1',
      '|OK||F1: 0000 0000|V0: 0000 0000 [0001]|00: 0006 000C|Leaving the BROM||RDY||+CFUN: 1||+CPIN: READY|',
    ],
    ['ATE0', 'ATE0\r|OK|'],
    ['AT+QMTCFG="aliauth",0', '|OK|'],
  ],
  'eigencomm-ec616': [
    ['AT', '|OK|'],
    ['ATE1', '|OK|'],
    ['AT', 'AT|OK|'],
    ['ATE0', 'ATE0|OK|'],
    ['AT+CMEE?', '|+CMEE: 1||OK|'],
    ['AT+IPR?', '|+IPR: 9600||OK|'],
    ['AT+CGSN=1', '|+CGSN: "{imei}"||OK|'],
    ['AT+ECMTCFG="aliauth",0', '|+CME ERROR: 3|'],
    [`AT+ECMTCFG="aliauth",0,"pk","dn","${secret}"`, '|OK|'],
    ['AT+ECMTCFG="aliauth",0', `|+ECMTCFG: "aliauth",dn,${secret},pk||OK|`],
    [`AT+ECMTCFG="aliauth",0,"${p33}","dn","${secret}"`, '|OK|'],
    ['AT+ECMTCFG="aliauth",0', `|+ECMTCFG: "aliauth",dn,${secret},||OK|`],
    ['AT+ECMTCFG="cloud",0,2,1', '|OK|'],
    ['AT+ECMTCFG="cloud",0', '|+ECMTCFG: "cloud",2,1||OK|'],
    ['AT+ECMTCFG="keepalive"', '|+CME ERROR: 3|'],
    ['AT+ECRST="delay",3000', '|+CME ERROR: 50|'],
    ['AT+NRB', '|REBOOTING||+CFUN: 1||+CPIN: READY|'],
    ['AT+ECMTCFG="aliauth",0', '|+CME ERROR: 3|'],
  ],
  'ublox-sara': [
    ['ATE0', 'ATE0\r|OK|'],
    ['AT+CGSN', '|{imei}|OK|'],
    ['AT+UMQTT=0,"cid"', '|+UMQTT: 0,1|OK|'],
    ['AT+UMQTT=2,"host",1883', '|+UMQTT: 2,1|OK|'],
    ['AT+UMQTT=4,"user","pwd"', '|+UMQTT: 4,1|OK|'],
    ['AT+UMQTT=4,"user"', '|+UMQTT: 4,0|OK|'],
    ['AT+UMQTT?', '|+UMQTT: 0,"cid"|+UMQTT: 2,"host",1883|+UMQTT: 4,"user"|OK|'],
    ['AT+UMQTTNV=2', '|+UMQTTNV: 2,1|OK|'],
    ['AT+UMQTT=0,"other"', '|+UMQTT: 0,1|OK|'],
    ['AT+CFUN=16', '|OK||+CPIN: READY|'],
    ['ATE0', 'ATE0\r|OK|'],
    ['AT+UMQTT?', '|+UMQTT: 0,""|+UMQTT: 4,""|OK|'],
    ['AT+UMQTTNV=1', '|+UMQTTNV: 1,1|OK|'],
    ['AT+UMQTT?', '|+UMQTT: 0,"cid"|+UMQTT: 4,"user"|OK|'],
    ['AT+UMQTTNV=7', '|ERROR|'],
  ],
  nrf91: [
    ['AT', '|OK|'],
    ['AT%CMNG=0,42,3,"abcd"', '|ERROR|'],
    ['AT+CFUN=4', '|OK|'],
    ['AT%CMNG=0,42,3,"abcd"', '|OK|'],
    ['AT%CMNG=0,42,4,"user"', '|OK|'],
    ['AT%CMNG=0,42,5,"user"', '|ERROR|'],
    [
      'AT%CMNG=1,42,3',
      '|%CMNG: 42,3,"88D4266FD4E6338D13B845FCF289579D209C897823B9217DA3E161936F031589"|OK|',
    ],
    ['AT%CMNG=1,43', '|OK|'],
    ['AT#XMQTTCFG="cid",300,1', '|OK|'],
    ['AT#XMQTTCFG?', '|#XMQTTCFG: "cid",300,1|OK|'],
    ['AT#XRESET', '|OK||Ready|'],
    ['AT#XMQTTCFG?', '|OK|'],
    [
      'AT%CMNG=1,42,3',
      '|%CMNG: 42,3,"88D4266FD4E6338D13B845FCF289579D209C897823B9217DA3E161936F031589"|OK|',
    ],
    ['AT+CFUN=4', '|OK|'],
    ['AT%CMNG=3,42,3', '|OK|'],
    ['AT%CMNG=1,42,3', '|OK|'],
  ],
  'esp-at': [
    ['ATE0', 'ATE0\r|OK|'],
    ['AT+CGSN', '|ERROR|'],
    ['AT+SYSMFG=1,"triple","pk"', '|ERROR|'],
    ['AT+SYSMFG=2,"triple","ds",7,16', '|OK||>'],
    ['>0123456789abcdef', '|OK|'],
    ['AT+SYSMFG=1,"triple","ds"', '|+SYSMFG:"triple","ds",7,16,0123456789abcdef||OK|'],
    ['AT+MQTTUSERCFG=0,1,"c\\,\\"x","u","p",0,0,""', '|OK|'],
    [`AT+MQTTUSERCFG=0,1,"c","u","${'p'.repeat(65)}",0,0,""`, '|ERROR|'],
    ['AT+MQTTLONGPASSWORD=0,3', '|OK||>'],
    ['>pwd', '|OK|'],
    ['AT+RST', '|OK|ets Jul\xff\0\xfe\x80 20\0\x11\xf0||ready|'],
    ['ATE0', 'ATE0\r|OK|'],
    ['AT+SYSMFG=1,"triple","ds"', '|+SYSMFG:"triple","ds",7,16,0123456789abcdef||OK|'],
    ['AT+SYSMFG=0,"triple","ds"', '|OK|'],
    ['AT+SYSMFG=1,"triple","ds"', '|ERROR|'],
  ],
};

test.each(familyTitles)('%s (%s) says what it is known to say', async (name) => {
  const talk = talks[name] ?? [];
  expect(talk.length).toBeGreaterThan(3);
  expect(await talkTo(name, talk)).toEqual(talk);
});
