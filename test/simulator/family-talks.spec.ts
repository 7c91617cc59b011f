import { expect, test } from 'vitest';
import { familyTitles } from '../../src/simulator/families.js';
import { atTheBench } from './bench.js';
import { talkTo } from './talk.js';
import type { Talk } from './talk.js';
import { startBroker } from './test-broker.js';

const secret = '0123456789abcdef0123456789abcdef';
const aliauth = `AT+CMQTTCFG="aliauth",0,"pk","dn","${secret}"`;
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
  'ublox-sara-r4': [
    ['ATE0', 'ATE0\r|OK|'],
    ['AT+CGMM', '|SARA-R410M-02B|OK|'],
    ['AT+UMQTT=0,"cid"', '|+UMQTT: 0,1|OK|'],
    ['AT+UMQTT=4,"user","pwd"', '|+UMQTT: 4,1|OK|'],
    ['AT+UMQTT?', '|ERROR|'],
    ['AT+UMQTTNV=2', '|+UMQTTNV: 2,1|OK|'],
    ['AT+CFUN=16', '|ERROR|'],
    ['AT+CFUN=15', '|OK||+CPIN: READY|'],
    ['AT+UMQTTNV=1', 'AT+UMQTTNV=1\r|+UMQTTNV: 1,1|OK|'],
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
  'simcom-a76xx': [
    ['ATE0', 'ATE0\r|OK|'],
    ['AT+CGSN', '|{imei}||OK|'],
    [aliauth, '|+CME ERROR: 3|'],
    ['AT+CMQTTACCQ=0,"cid"', '|+CME ERROR: 3|'],
    ['AT+CMQTTSTART', '|OK||+CMQTTSTART: 0|'],
    ['AT+CMQTTSTART', '|ERROR|'],
    ['AT+CMQTTACCQ=0,"cid"', '|OK|'],
    [aliauth, '|OK|'],
    ['AT+CMQTTCFG="aliauth",0', '|+CME ERROR: 3|'],
    ['AT+CMQTTREL=0', '|OK|'],
    [aliauth, '|+CME ERROR: 3|'],
    ['AT+CRESET', '|OK||RDY||+CPIN: READY||SMS DONE||PB DONE|'],
  ],
  'simcom-sim7070': [
    ['ATE0', 'ATE0\r|OK|'],
    ['AT+CGMR', '|+CGMR: 1951B16SIM7070||OK|'],
    ['AT+SMALIAUTH="pk","dn","ds"', '|OK|'],
    ['AT+SMALIAUTH="pk","dn",""', '|+CME ERROR: 3|'],
    ['AT+SMALIAUTH?', '|+CME ERROR: 3|'],
  ],
  'fibocom-l610': [
    ['ATE0', 'ATE0\r|OK|'],
    ['AT+MQTTUSER=1,"u","p","c"', '|OK|'],
    ['AT+MQTTUSER=1,"u","p"', '|+CME ERROR: 3|'],
    ['AT+MQTTOPEN?', '|+MQTTOPEN: 1,0||+MQTTOPEN: 2,0||OK|'],
    ['AT+CFUN=1,1', '|OK||RDY|'],
  ],
  'cmcc-ml307r': [
    ['ATE0', 'ATE0\r|OK|'],
    ['AT+CGSN=1', '|+CGSN: {imei}||OK|'],
    ['AT+MQTTCONN=0,"127.0.0.1",1,"c","u"', '|+CME ERROR: 3|'],
    [`AT+MQTTCONN=0,"127.0.0.1",1,"${'c'.repeat(129)}","u","p"`, '|+CME ERROR: 3|'],
    ['AT+MQTTCONN=0,"127.0.0.1",1,"c","u","p"', '|OK||+MQTTURC: "conn",0,4|'],
    ['AT+CFUN=0', '|OK|'],
    ['AT+MQTTCONN=0,"127.0.0.1",1,"c","u","p"', '|OK||+MQTTURC: "conn",0,6|'],
    ['AT+MREBOOT', '|OK||+MATREADY|'],
  ],
  'neoway-n706': [
    ['ATE0', 'ATE0\r|OK|'],
    ['AT+CGSN', '|+CGSN: {imei}|OK|'],
    ['AT+MQTTCONNPARAM="c","u","p"', '|OK|'],
    ['AT+MQTTCONNPARAM="c","u"', '|+CME ERROR: 3|'],
    ['AT+MQTTSTATE?', '|+MQTTSTATE: 0|OK|'],
  ],
  'luat-air780': [
    ['ATE0', 'ATE0\r|OK|'],
    ['AT+CGSN', '|{imei}||OK|'],
    ['AT+MCONFIG="c","u","p"', '|OK|'],
    ['AT+MCONFIG=c,u,p', '|OK|'],
    ['AT+MCONFIG="c","","p"', '|+CME ERROR: 3|'],
    ['AT+RESET', '|OK||RDY|'],
  ],
  yuge: [
    ['ATE0', 'ATE0\r|OK|'],
    ['AT+IMQTTAUTH=pk,dn,ds,0', '|OK|'],
    ['AT+IMQTTAUTH=pk,dn,ps,1', '|+CME ERROR: 3|'],
    ['AT+IMQTTAUTH=pk,,ds,0', '|+CME ERROR: 3|'],
  ],
  'aliyun-idm': [
    ['ATE0', 'ATE0\r|OK|'],
    ['ATI', '|Alibaba||HAAS210||HAAS210_V1.2.0||OK|'],
    ['AT+IDMAUTH=pk,dn,ds', '|OK|'],
    ['AT+IDMAUTH=pk,dn,,ps', '|OK|'],
    ['AT+IDMAUTH=pk,dn,,', '|+CME ERROR: 3|'],
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

/** A write of every family with the secret in it, and the fields that the unit then holds. */
const writes: readonly (readonly [family: string, typed: readonly string[], held: string])[] = [
  ['lierda-nt35e', ['AT+LMQTTCFG="aliauth",0,"pk","dn","$"'], 'deviceSecret'],
  ['quectel-bc26', ['AT+QMTCFG="aliauth",0,"pk","dn","$"'], 'deviceSecret'],
  ['eigencomm-ec616', ['AT+ECMTCFG="aliauth",0,"pk","dn","$"'], 'deviceSecret'],
  ['esp-at', ['AT+MQTTUSERCFG=0,1,"c","u","$",0,0,""'], 'password'],
  ['ublox-sara', ['AT+UMQTT=4,"u","$"'], 'password'],
  ['ublox-sara-r4', ['AT+UMQTT=4,"u","$"'], 'password'],
  ['nrf91', ['AT+CFUN=4', 'AT%CMNG=0,1,3,"$"'], '1,3'],
  [
    'simcom-a76xx',
    ['AT+CMQTTSTART', 'AT+CMQTTACCQ=0,"c"', 'AT+CMQTTCFG="aliauth",0,"pk","dn","$"'],
    'deviceSecret',
  ],
  ['simcom-sim7070', ['AT+SMALIAUTH="pk","dn","$"'], 'deviceSecret'],
  ['simcom-sim7070', ['AT+SMALIDYNA="pk","dn","$"'], 'productSecret'],
  ['fibocom-l610', ['AT+MQTTUSER=1,"u","$","c"'], 'password'],
  ['cmcc-ml307r', ['AT+MQTTCONN=0,"127.0.0.1",1,"c","u","$"'], 'password'],
  ['neoway-n706', ['AT+MQTTCONNPARAM="c","u","$"'], 'password'],
  ['luat-air780', ['AT+MCONFIG="c","u","$"'], 'password'],
  ['yuge', ['AT+IMQTTAUTH=pk,dn,$,0'], 'deviceSecret'],
  ['aliyun-idm', ['AT+IDMAUTH=pk,dn,$'], 'deviceSecret'],
  ['aliyun-idm', ['AT+IDMAUTH=pk,dn,,$'], 'productSecret'],
];

test.each(writes)(
  '%s holds what it was given, and its activity does not show it',
  async (...row) => {
    const [name, typed, held] = row;
    const shown: string[] = [];
    const { terminal, simulator } = await atTheBench({
      families: [{ range: undefined, name }],
      onActivity: ({ text }) => shown.push(text),
    });
    for (const command of typed) await terminal.ask(command.replace('$', secret));
    expect(simulator.modules[0]?.stored.get(held)?.expose()).toBe(secret);
    expect(shown.length).toBeGreaterThan(1);
    expect(shown.join()).not.toContain(secret);
  },
);

test('an ML307R logs in over real MQTT', async () => {
  const broker = await startBroker();
  const { terminal } = await atTheBench({ families: [{ range: undefined, name: 'cmcc-ml307r' }] });
  const login = new Promise<string>((resolve) => {
    broker.aedes.on('clientReady', ({ id }) => {
      resolve(id);
    });
  });
  await terminal.ask(`AT+MQTTCONN=0,"127.0.0.1",${String(broker.port)},"cid","u","p"`);
  await terminal.until('+MQTTURC: "conn",0,0\r\n');
  expect(await login).toBe('cid');
});

test('a BC26 logs in as it is told, shows what is published in quotes, and tells of a refusal', async () => {
  let code = 0;
  const broker = await startBroker(() => code);
  const payload = '{"deviceSecret":"fresh, \\"secret\\""}';
  broker.aedes.on('clientReady', (client) => {
    const message = { topic: '/ext/register', payload, qos: 0, retain: false, dup: false } as const;
    client.publish({ cmd: 'publish', ...message }, () => undefined);
  });
  const { terminal } = await atTheBench({ families: [{ range: undefined, name: 'quectel-bc26' }] });
  const open = async (): Promise<void> => {
    await terminal.ask(`AT+QMTOPEN=0,"127.0.0.1",${String(broker.port)}`);
    await terminal.until('\r\n+QMTOPEN: 0,0\r\n');
  };
  await open();
  await terminal.ask('AT+QMTCONN=0,"cid","user","pwd"');
  await terminal.until(`\r\n+QMTRECV: 0,0,"/ext/register","${payload}"\r\n`);
  expect(terminal.seen).toContain('\r\n+QMTCONN: 0,0,0\r\n');
  expect(broker.logins).toEqual([{ clientId: 'cid', username: 'user', password: 'pwd' }]);
  await terminal.ask('AT+QMTDISC=0');
  await terminal.until('\r\n+QMTDISC: 0,0\r\n');
  code = 4;
  await open();
  await terminal.ask('AT+QMTCONN=0,"cid","user","pwd"');
  await terminal.until('\r\n+QMTCONN: 0,0,4\r\n');
  await terminal.ask('AT+QMTOPEN=0,"127.0.0.1",1');
  await terminal.until('\r\n+QMTOPEN: 0,5\r\n');
  await terminal.ask('AT+QMTCONN=0,"cid"', 'ERROR: 3\r\n');
});

test.each([
  ['R5', 'ublox-sara', 16, { done: 1, refused: 0, unreachable: 0 }],
  ['R410M', 'ublox-sara-r4', 15, { done: 0, refused: 4, unreachable: 3 }],
] as const)(
  'a SARA-%s logs in with the profile that it has saved, and tells of a refusal in its own numbers',
  async (_, name, restart, told) => {
    let code = 0;
    const broker = await startBroker(() => code);
    const { terminal } = await atTheBench({ families: [{ range: undefined, name }] });
    const server = (port: number): string => `AT+UMQTT=2,"127.0.0.1",${String(port)}`;
    for (const command of ['AT+UMQTT=0,"cid"', 'AT+UMQTT=4,"user","pwd"', 'AT+UMQTTNV=2']) {
      await terminal.ask(command);
    }
    await terminal.ask(`AT+CFUN=${String(restart)}`, '+CPIN: READY\r\n');
    await terminal.ask('AT+UMQTTNV=1');
    expect(await terminal.ask('AT+UMQTTC=1')).toContain('+UMQTTC: 1,0');
    await terminal.ask(server(broker.port));
    await terminal.ask('AT+UMQTTC=1');
    await terminal.until(`\r\n+UUMQTTC: 1,${String(told.done)}\r\n`);
    expect(broker.logins).toEqual([{ clientId: 'cid', username: 'user', password: 'pwd' }]);
    await terminal.ask('AT+UMQTTC=0');
    await terminal.until('\r\n+UUMQTTC: 0,1\r\n');
    code = 4;
    await terminal.ask('AT+UMQTTC=1');
    await terminal.until(`\r\n+UUMQTTC: 1,${String(told.refused)}\r\n`);
    await terminal.ask(server(1));
    await terminal.ask('AT+UMQTTC=1');
    await terminal.until(`\r\n+UUMQTTC: 1,${String(told.unreachable)}\r\n`);
  },
);
