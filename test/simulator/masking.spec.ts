import { expect, test } from 'vitest';
import type { Activity } from '../../src/simulator/options.js';
import { Secret } from '../../src/core/secret.js';
import { lierdaNt35e } from '../../src/simulator/families/lierda-nt35e.js';
import { line, shownOf, textOf } from '../../src/simulator/line.js';
import { maskCommand, maskMessage } from '../../src/simulator/masking.js';
import { atTheBench } from './bench.js';
import { startBroker } from './test-broker.js';

const secret = '0123456789abcdef0123456789abcdef';

test.each([
  ['AT', 'AT'],
  ['ate0', 'ATE0'],
  ['AT+CEREG?', 'AT+CEREG?'],
  ['AT+LMQTTCFG=?', 'AT+LMQTTCFG=?'],
  ['AT+LMQTTCFG="cloud",0,2,1', 'AT+LMQTTCFG="cloud",0,2,1'],
  [
    `AT+LMQTTCFG="aliauth",0,"pk","dn","${secret}"`,
    'AT+LMQTTCFG="aliauth",0,"pk","dn","(32 bytes)"',
  ],
  [`AT+LMQTTCFG="aliauth",0,"pk","${secret}"`, 'AT+LMQTTCFG="aliauth",0,"(2 bytes)","(32 bytes)"'],
  [
    `AT+LMQTTCFG="aliXuth",0,"pk","dn","${secret}"`,
    'AT+LMQTTCFG="(7 bytes)",(1 characters),"(2 bytes)","(2 bytes)","(32 bytes)"',
  ],
  [`AT+LMQTTCFG="aliauth",0,"pk","dn","${secret}`, '(67 characters that are no command)'],
  [`AT+LMQTTCONN=0,"c","u","${secret}"`, 'AT+LMQTTCONN=0,"c","u","(32 bytes)"'],
  [`AT+OTHER=${secret}`, 'AT+OTHER=(32 characters)'],
  ['AT+LMQTTPUB=0,0,0,0,"a",1,"x"', 'AT+LMQTTPUB=0,0,0,0,"a",1,"x"'],
  ['AT+LMQTTPUB=0,0,0,0,"/ext/x",1,"x"', 'AT+LMQTTPUB=0,0,0,0,"/ext/x",1,"(1 bytes)"'],
])('%s is shown as %s', (text, shown) => {
  expect(maskCommand(text, lierdaNt35e)).toBe(shown);
});

test('a read-back is shown without its secret', () => {
  const said = line`+LMQTTCFG: "aliauth",${0},"pk","dn","${new Secret(secret)}"`;
  expect(shownOf(said)).toBe('+LMQTTCFG: "aliauth",0,"pk","dn","(32 bytes)"');
  expect(textOf(said)).toBe(`+LMQTTCFG: "aliauth",0,"pk","dn","${secret}"`);
});

test('what a registration topic carries is shown as its length', () => {
  expect(maskMessage('/ext/register', Buffer.from(secret))).toBe('(32 bytes)');
  expect(maskMessage('a', Buffer.from('x\r\ny'))).toBe('x\\r\\ny');
});

test('in a whole conversation no activity line holds the secret', async () => {
  const broker = await startBroker();
  const activities: Activity[] = [];
  const { terminal } = await atTheBench({
    hasEcho: true,
    onActivity: (activity) => activities.push(activity),
  });
  broker.aedes.on('clientReady', (client) => {
    client.publish(
      {
        cmd: 'publish',
        topic: '/ext/register',
        payload: secret,
        qos: 0,
        retain: false,
        dup: false,
      },
      () => undefined,
    );
  });
  await terminal.ask(`AT+LMQTTCFG="aliauth",0,"pk","name","${secret}"`);
  await terminal.ask('AT+LMQTTCFG="aliauth",0');
  await terminal.ask(`AT+LMQTTCFG="aliauth",0,"pk","name","${secret}`, 'ERROR\r\n');
  await terminal.ask(`AT+LMQTTOPEN=0,"127.0.0.1",${String(broker.port)}`);
  await terminal.until('+LMQTTOPEN: 0,0\r\n');
  await terminal.ask(`AT+LMQTTCONN=0,"c","u","${secret}"`);
  await terminal.until(`/ext/register",${secret}\r\n`);
  const shown = JSON.stringify(activities);
  expect(shown).toContain('/ext/register');
  expect(shown).toContain('(32 bytes)');
  expect(shown).not.toContain(secret);
});
