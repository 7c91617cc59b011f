import { expect, test } from 'vitest';
import { atTheBench } from './bench.js';
import { alibabaGate, startBroker } from './test-broker.js';

const secret = '0123456789abcdef0123456789abcdef';
const topic = '/a1JszCpjS61/NT35E_06011/user/COMMUTEST';

test('the six commands of the article end with the module receiving its own 1122334455', async () => {
  const broker = await startBroker(alibabaGate('a1JszCpjS61', 'NT35E_06011', secret));
  const { simulator, terminal } = await atTheBench({ hasEcho: true });

  expect(await terminal.ask('AT+LMQTTCFG="cloud",0,2,1')).toBe(
    'AT+LMQTTCFG="cloud",0,2,1\r\r\nOK\r\n',
  );
  await terminal.ask(`AT+LMQTTCFG="aliauth",0,"a1JszCpjS61","NT35E_06011","${secret}"`);
  await terminal.ask(`AT+LMQTTOPEN=0,"127.0.0.1",${String(broker.port)}`);
  await terminal.until('\r\n+LMQTTOPEN: 0,0\r\n');
  await terminal.ask('AT+LMQTTCONN=0,"NT35E"');
  await terminal.until('\r\n+LMQTTCONN: 0,0,0\r\n');
  await terminal.ask('AT+LMQTTSUBUNSUB=0,0,1,"/a1JszCpjS61/NT35E_06011/user/COMMUTEST",2');
  await terminal.until('\r\n+LMQTTSUBUNSUB: 0,1,0,1\r\n');
  terminal.type('AT+LMQTTPUB=0,0,0,1,"/a1JszCpjS61/NT35E_06011/user/COMMUTEST",10,"1122334455"\r');
  await terminal.until(`\r\n+LMQTTURC: RECV,0,0,"${topic}",1122334455\r\n`);

  expect(terminal.seen).toContain('\r\n+LMQTTPUB: 0,0,0\r\n');
  const [unit] = simulator.modules;
  expect(unit?.received.map((m) => [m.topic, m.payload.expose()])).toEqual([[topic, '1122334455']]);
  expect(unit?.counts).toMatchObject({ logins: 1, published: 1, received: 1, writes: 1 });
  expect(broker.logins[0]?.clientId).toMatch(
    /^NT35E\|securemode=3,signmethod=hmacsha256,timestamp=\d{13}\|$/,
  );
});

test('a wrong secret is refused by the server, and the module says so with the CONNACK code', async () => {
  const broker = await startBroker(alibabaGate('a1JszCpjS61', 'NT35E_06011', secret));
  const { simulator, terminal } = await atTheBench();
  await terminal.ask('AT+LMQTTCFG="cloud",0,2,1');
  await terminal.ask(`AT+LMQTTCFG="aliauth",0,"a1JszCpjS61","NT35E_06011","${secret.slice(1)}x"`);
  await terminal.ask(`AT+LMQTTOPEN=0,"127.0.0.1",${String(broker.port)}`);
  await terminal.until('+LMQTTOPEN: 0,0\r\n');
  await terminal.ask('AT+LMQTTCONN=0,"NT35E"');
  await terminal.until('\r\n+LMQTTCONN: 0,2,4\r\n');
  expect(simulator.modules[0]?.counts.logins).toBe(0);
  expect(await terminal.ask('AT+LMQTTCONN?')).toBe('\r\n+LMQTTCONN: 0,1\r\n\r\nOK\r\n');
});
