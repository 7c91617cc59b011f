import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'pg';
import { serveParent } from '../child.js';
import { floorTable } from './device-table.js';

/**
 * The floor of HTTP registration: what one would write by hand without a house around it.
 *
 * Bare `node:http` and `pg`: the signature is checked, one prepared UPDATE moves one device, the
 * secret is derived, the answer goes out after the commit. No framework, no policy, no quota, no
 * counters, no history, no limits. In a process of its own, as the service is.
 */
export interface FloorSettings {
  readonly url: string;
  readonly productId: number;
  readonly productKey: string;
  readonly productSecret: string;
  readonly connections: number;
}

const register = {
  name: 'register',
  text: `UPDATE ${floorTable} SET state = 'issued'
    WHERE product_id = $1 AND name = $2 AND state = 'free' RETURNING generation`,
};

const refused = '{"code":401,"message":"request auth error"}';
const unknown = '{"code":6100,"message":"device not found"}';
const failed = '{"code":500,"message":"internal error"}';

/** What every request needs; made once. */
interface Desk {
  readonly pool: Pool;
  readonly productId: number;
  readonly productKey: string;
  readonly productSecret: KeyObject;
  readonly orderKey: KeyObject;
}

serveParent(async (message) => await listen(message as FloorSettings));

async function listen(settings: FloorSettings): Promise<number> {
  const desk: Desk = {
    pool: new Pool({ connectionString: settings.url, max: settings.connections }),
    productId: settings.productId,
    productKey: settings.productKey,
    productSecret: createSecretKey(settings.productSecret, 'utf8'),
    orderKey: createSecretKey(Buffer.alloc(32, 1)),
  };
  const server = createServer((request, response) => {
    read(desk, request, response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

function read(desk: Desk, request: IncomingMessage, response: ServerResponse): void {
  let body = '';
  request.setEncoding('latin1');
  request.on('data', (part: string) => {
    body += part;
  });
  request.on('end', () => {
    answer(desk, body).then(
      (text) => {
        send(response, text);
      },
      () => {
        send(response, failed);
      },
    );
  });
}

async function answer(desk: Desk, body: string): Promise<string> {
  const productKey = field(body, 'productKey');
  const deviceName = field(body, 'deviceName');
  const content = `deviceName${deviceName}productKey${productKey}random${field(body, 'random')}`;
  const expected = createHmac('sha256', desk.productSecret).update(content).digest();
  const sent = Buffer.from(field(body, 'sign'), 'hex');
  if (sent.length !== expected.length || !timingSafeEqual(sent, expected)) return refused;
  if (productKey !== desk.productKey) return refused;
  const { rows } = await desk.pool.query<{ generation: number }>({
    ...register,
    values: [desk.productId, deviceName],
  });
  const [row] = rows;
  if (!row) return unknown;
  const secret = createHmac('sha256', desk.orderKey)
    .update(`${productKey}${deviceName}${row.generation}`)
    .digest('hex')
    .slice(0, 32);
  return `{"code":200,"data":{"productKey":"${productKey}","deviceName":"${deviceName}","deviceSecret":"${secret}"},"message":"success"}`;
}

/** A field of a form that needs no decoding: keys, names and signatures here are plain ASCII. */
function field(body: string, name: string): string {
  const at = body.indexOf(`${name}=`);
  if (at < 0) return '';
  const from = at + name.length + 1;
  const to = body.indexOf('&', from);
  return to < 0 ? body.slice(from) : body.slice(from, to);
}

function send(response: ServerResponse, text: string): void {
  response.writeHead(200, ['Content-Type', 'application/json', 'Content-Length', text.length]);
  response.end(text);
}
