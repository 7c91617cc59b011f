import { createHmac } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { promisify } from 'node:util';
import { Aedes } from 'aedes';
import type { Client } from 'aedes';
import { onTestFinished } from 'vitest';

/** A login as the broker saw it. */
export interface SeenLogin {
  readonly clientId: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

/** A real MQTT broker on a free port. */
export interface TestBroker {
  readonly port: number;
  readonly aedes: Aedes;
  readonly logins: readonly SeenLogin[];
  readonly sockets: ReadonlySet<Socket>;
}

/** Decides on a login: 0, or the CONNACK code of the refusal. */
export type Gate = (login: SeenLogin) => number;

/** Starts a broker; it goes when the test is over. */
export async function startBroker(
  gate: Gate = () => 0,
  tls?: { readonly cert: string; readonly key: string },
): Promise<TestBroker> {
  const logins: SeenLogin[] = [];
  const aedes = await Aedes.createBroker({
    maxClientsIdLength: 512,
    authenticate: (client: Client, username, password, done) => {
      const login = { clientId: client.id, username, password: password?.toString() };
      logins.push(login);
      const code = gate(login);
      if (code === 0) done(null, true);
      else done(Object.assign(new Error('refused'), { returnCode: code }), null);
    },
  });
  const sockets = new Set<Socket>();
  const accept = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    aedes.handle(socket);
  };
  const server: Server = tls ? createTlsServer(tls, accept) : createServer(accept);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await promisify(server.close.bind(server))();
    await promisify(aedes.close.bind(aedes))();
  });
  return { port: (server.address() as AddressInfo).port, aedes, logins, sockets };
}

/** The login rule of Alibaba Cloud IoT, computed here on its own. Source: Alibaba, MQTT over TCP. */
export function alibabaGate(productKey: string, deviceName: string, deviceSecret: string): Gate {
  return ({ clientId, username, password }) => {
    const [id = '', bracket = ''] = clientId.split('|');
    const fields = new Map(bracket.split(',').map((pair) => pair.split('=') as [string, string]));
    const method = (fields.get('signmethod') ?? 'hmacmd5').replace('hmac', '');
    const stamp = fields.has('timestamp') ? `timestamp${fields.get('timestamp') ?? ''}` : '';
    const content = `clientId${id}deviceName${deviceName}productKey${productKey}${stamp}`;
    const expected = createHmac(method, deviceSecret).update(content).digest('hex');
    if (username !== `${deviceName}&${productKey}`) return 5;
    return password === expected ? 0 : 4;
  };
}
