import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { atTheBench } from './bench.js';
import { selfSigned } from './self-signed.js';
import { alibabaGate, startBroker } from './test-broker.js';
import type { TestBroker } from './test-broker.js';
import type { Terminal } from './terminal.js';

async function open(terminal: Terminal, port: number): Promise<void> {
  await terminal.ask(`AT+LMQTTOPEN=0,"127.0.0.1",${String(port)}`);
  await terminal.until('\r\n+LMQTTOPEN: 0,0\r\n');
}

async function logIn(terminal: Terminal, { port }: TestBroker): Promise<void> {
  await open(terminal, port);
  await terminal.ask('AT+LMQTTCONN=0,"bench"');
  await terminal.until('\r\n+LMQTTCONN: 0,0,0\r\n');
}

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

test('a message on a topic that was never subscribed is reported like any other', async () => {
  const broker = await startBroker();
  const { simulator, terminal } = await atTheBench();
  const payload = '{"productKey":"pk","deviceName":"dn","deviceSecret":"fresh, \\"secret\\""}';
  broker.aedes.on('clientReady', (client) => {
    client.publish(
      { cmd: 'publish', topic: '/ext/register', payload, qos: 0, retain: false, dup: false },
      () => undefined,
    );
  });
  await logIn(terminal, broker);
  await terminal.until(`\r\n+LMQTTURC: RECV,0,0,"/ext/register",${payload}\r\n`);
  expect(simulator.modules[0]?.received[0]?.topic).toBe('/ext/register');
});

test('a user name and password are sent as given, so that a registration can log in', async () => {
  const broker = await startBroker();
  const { terminal } = await atTheBench();
  await terminal.ask('AT+LMQTTCFG="cloud",0,2,1');
  await open(terminal, broker.port);
  const clientId = 'dn.pk|securemode=2,authType=register,random=7,signmethod=hmacsha256|';
  await terminal.ask(`AT+LMQTTCONN=0,"${clientId}","dn&pk","c0ffee"`);
  await terminal.until('\r\n+LMQTTCONN: 0,0,0\r\n');
  expect(broker.logins).toEqual([{ clientId, username: 'dn&pk', password: 'c0ffee' }]);
});

test('without a cloud type the client id alone is sent', async () => {
  const broker = await startBroker();
  const { terminal } = await atTheBench();
  await logIn(terminal, broker);
  expect(broker.logins).toEqual([{ clientId: 'bench', username: undefined, password: undefined }]);
});

test('with the cloud type and no triple the login is refused by the module itself', async () => {
  const broker = await startBroker();
  const { terminal } = await atTheBench();
  await terminal.ask('AT+LMQTTCFG="cloud",0,2,1');
  await open(terminal, broker.port);
  await terminal.ask('AT+LMQTTCONN=0,"bench"');
  await terminal.until('\r\n+LMQTTCONN: 0,2,7\r\n');
  expect(broker.logins).toEqual([]);
});

test('over TLS the login says securemode 2 and is signed for it', async () => {
  const secret = 'f'.repeat(32);
  const broker = await startBroker(
    alibabaGate('a1TESTpk001', 'MODEM-0001', secret),
    await selfSigned(),
  );
  const { terminal } = await atTheBench();
  await terminal.ask('AT+LMQTTCFG="sslenable",0,1');
  await terminal.ask('AT+LMQTTCFG="cloud",0,2,1');
  await terminal.ask(`AT+LMQTTCFG="aliauth",0,"a1TESTpk001","MODEM-0001","${secret}"`);
  await logIn(terminal, broker);
  expect(broker.logins[0]?.clientId).toContain('|securemode=2,');
});

test('data mode counts exact bytes, line ends and quotes included', async () => {
  const broker = await startBroker();
  const { simulator, terminal } = await atTheBench();
  await logIn(terminal, broker);
  await terminal.ask('AT+LMQTTSUBUNSUB=0,0,1,"a/b",1');
  await terminal.until('+LMQTTSUBUNSUB: 0,1,0,1\r\n');
  terminal.type('AT+LMQTTPUB=0,9,1,0,"a/b",12\r\n');
  await terminal.until('\r\n> ');
  terminal.type('{"a":"\r\n');
  terminal.type('OK"}AT\r');
  await terminal.until('\r\n+LMQTTPUB: 0,9,0\r\n');
  await terminal.until('OK"}\r\n');
  expect(simulator.modules[0]?.received[0]?.payload.expose()).toBe('{"a":"\r\nOK"}');
  expect(await terminal.ask('ATI')).toContain('NT35E');
});

test('a refused login is told once, with the code of the server', async () => {
  const broker = await startBroker(() => 5);
  const { terminal } = await atTheBench();
  await open(terminal, broker.port);
  await terminal.ask('AT+LMQTTCONN=0,"x"');
  await terminal.until('\r\n+LMQTTCONN: 0,2,5\r\n');
  await open(terminal, broker.port);
  expect(terminal.seen.match(/\+LMQTTCONN: /g)).toHaveLength(1);
  expect(terminal.seen).not.toContain('STATS');
});

test('a link opened right after closing one is not taken down by the end of the old one', async () => {
  const broker = await startBroker();
  const { terminal } = await atTheBench();
  await logIn(terminal, broker);
  terminal.type(`AT+LMQTTCLOSE=0\rAT+LMQTTOPEN=0,"127.0.0.1",${String(broker.port)}\r`);
  await terminal.until('\r\n+LMQTTOPEN: 0,0\r\n');
  await terminal.ask('AT+LMQTTCONN=0,"bench"');
  await terminal.until('\r\n+LMQTTCONN: 0,0,0\r\n');
});

test('a publish that the server never acknowledged has no result after a restart', async () => {
  const broker = await startBroker();
  const { terminal } = await atTheBench();
  const arrived = new Promise<void>((resolve) => {
    broker.aedes.authorizePublish = () => {
      resolve();
    };
  });
  await logIn(terminal, broker);
  await terminal.ask('AT+LMQTTPUB=0,9,1,0,"a",1,"x"');
  await arrived;
  await terminal.ask('AT+CFUN=0,1', 'RDY\r\n');
  await terminal.ask('AT');
  expect(terminal.seen).not.toContain('+LMQTTPUB: ');
});

test('a server that hangs up instead of answering the login is a failed login', async () => {
  const server = createServer((socket) => socket.once('data', () => socket.destroy()));
  server.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { terminal } = await atTheBench();
  await open(terminal, (server.address() as AddressInfo).port);
  await terminal.ask('AT+LMQTTCONN=0,"x"');
  await terminal.until('\r\n+LMQTTCONN: 0,2,6\r\n');
});

test('a publish or subscribe with wrong values is refused, and nothing is sent', async () => {
  const broker = await startBroker();
  const { simulator, terminal } = await atTheBench();
  await logIn(terminal, broker);
  const long = 't'.repeat(257);
  for (const command of [
    'AT+LMQTTPUB=0,0,0,0,"a",2,"x"',
    'AT+LMQTTPUB=0,1,0,0,"a",1,"x"',
    'AT+LMQTTPUB=0,0,1,0,"a",1,"x"',
    'AT+LMQTTPUB=0,0,3,0,"a",1,"x"',
    'AT+LMQTTPUB=0,0,0,0,"a/#",1,"x"',
    'AT+LMQTTPUB=0,0,0,0,"a",1461',
    `AT+LMQTTPUB=0,0,0,0,"${long}",1,"x"`,
    `AT+LMQTTSUBUNSUB=0,0,1,"${long}",0`,
    'AT+LMQTTSUBUNSUB=0,0,1,"a"',
    'AT+LMQTTSUBUNSUB=0,0,1',
    'AT+LMQTTSUBUNSUB=0,0,65536,"a",0',
    'AT+LMQTTSUBUNSUB=0,2,1,"a",0',
  ]) {
    expect(await terminal.ask(command, '3\r\n'), command).toBe('\r\n+CME ERROR: 3\r\n');
  }
  await terminal.ask('AT+LMQTTPUB=0,0,0,0,"a",0,""');
  await terminal.until('\r\n+LMQTTPUB: 0,0,0\r\n');
  expect(simulator.modules[0]?.counts.published).toBe(1);
});

test('two topics are subscribed at once, and an unsubscribed one is silent', async () => {
  const broker = await startBroker();
  const { simulator, terminal } = await atTheBench();
  await logIn(terminal, broker);
  await terminal.ask('AT+LMQTTSUBUNSUB=0,0,5,"a",0,"b",1');
  await terminal.until('+LMQTTSUBUNSUB: 0,5,0,1\r\n');
  await terminal.ask('AT+LMQTTSUBUNSUB=0,1,6,"a"');
  await terminal.until('+LMQTTUNSUNSUB: 0,6,0,1\r\n');
  await terminal.ask('AT+LMQTTPUB=0,0,0,0,"a",1,"x"');
  await terminal.ask('AT+LMQTTPUB=0,0,0,0,"b",1,"y"');
  await terminal.until('"b",y\r\n');
  expect(simulator.modules[0]?.received.map((message) => message.topic)).toEqual(['b']);
});

test('a refused subscription is reported, and the connection stays', async () => {
  const broker = await startBroker();
  broker.aedes.authorizeSubscribe = (_client, _subscription, done) => {
    done(null, null);
  };
  const { terminal } = await atTheBench();
  await logIn(terminal, broker);
  await terminal.ask('AT+LMQTTSUBUNSUB=0,0,1,"a",0');
  await terminal.until('\r\n+LMQTTSUBUNSUB: 0,1,2,7\r\n');
  expect(await terminal.ask('AT+LMQTTCONN?')).toContain('+LMQTTCONN: 0,3\r\n');
});

test('in cache mode only the number of a message is shown', async () => {
  const broker = await startBroker();
  const { terminal } = await atTheBench();
  await terminal.ask('AT+LMQTTCFG="cache",0,1');
  await logIn(terminal, broker);
  await terminal.ask('AT+LMQTTSUBUNSUB=0,0,1,"a",0');
  await terminal.ask('AT+LMQTTPUB=0,0,0,0,"a",6,"hidden"');
  await terminal.until('\r\n+LMQTTURC: RECV,0,0\r\n');
  expect(terminal.seen).not.toContain('hidden');
});

test.each([
  ['before the login', false],
  ['after the login', true],
])('a server that hangs up %s is reported as a lost link', async (_when, isLoggedIn) => {
  const broker = await startBroker();
  const { terminal } = await atTheBench();
  if (isLoggedIn) await logIn(terminal, broker);
  else await open(terminal, broker.port);
  for (const socket of broker.sockets) socket.end();
  await terminal.until('\r\n+LMQTTURC: STATS,0,11\r\n');
  await logIn(terminal, broker);
});

test('a server that resets the connection is told from one that closes it', async () => {
  const broker = await startBroker();
  const { terminal } = await atTheBench();
  await logIn(terminal, broker);
  for (const socket of broker.sockets) socket.resetAndDestroy();
  await terminal.until('\r\n+LMQTTURC: STATS,0,1\r\n');
});

test('a refused connection and an unknown name come back as results', async () => {
  const { terminal } = await atTheBench();
  await terminal.ask(`AT+LMQTTOPEN=0,"127.0.0.1",${String(await closedPort())}`);
  await terminal.until('\r\n+LMQTTOPEN: 0,-1,5\r\n');
  await terminal.ask('AT+LMQTTOPEN=0,"no-such-host.invalid",1883');
  await terminal.until('\r\n+LMQTTOPEN: 0,-1,4\r\n');
});

test('a second open is told that the socket is in use', async () => {
  const broker = await startBroker();
  const { terminal } = await atTheBench();
  await open(terminal, broker.port);
  await terminal.ask(`AT+LMQTTOPEN=0,"127.0.0.1",${String(broker.port)}`);
  await terminal.until('\r\n+LMQTTOPEN: 0,-1,2\r\n');
});

test('leaving and closing end the connection, and another login works', async () => {
  const broker = await startBroker();
  const { terminal } = await atTheBench();
  await logIn(terminal, broker);
  await terminal.ask('AT+LMQTTDISC=0');
  await terminal.until('\r\n+LMQTTDISC: 0,0\r\n');
  await logIn(terminal, broker);
  await terminal.ask('AT+LMQTTCLOSE=0');
  await terminal.until('\r\n+LMQTTCLOSE: 0,0\r\n');
  expect(await terminal.ask('AT+LMQTTCONN?')).toContain('+LMQTTCONN: 0,1\r\n');
  await logIn(terminal, broker);
  expect(broker.logins).toHaveLength(3);
});

test('the last will reaches the others when the link is cut', async () => {
  const broker = await startBroker();
  const { terminal } = await atTheBench();
  const published = new Promise<string>((resolve) => {
    broker.aedes.on('publish', (packet) => {
      if (packet.topic === 'w') resolve(packet.payload.toString());
    });
  });
  await terminal.ask('AT+LMQTTCFG="will",0,1,0,0,"w","gone"');
  await logIn(terminal, broker);
  await terminal.ask('AT+LMQTTCLOSE=0');
  expect(await published).toBe('gone');
});
