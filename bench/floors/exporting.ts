import { createHmac, createSecretKey } from 'node:crypto';
import { Client } from 'pg';
import { serveParent } from '../child.js';

/**
 * The floor of exporting: the rows of an order by keyset pages, and each secret derived.
 *
 * Bare `pg` and `node:crypto`, the next page under way while this one is derived. Nothing is written,
 * sent, counted or told. In a process of its own, as the service is.
 */
export interface FloorSettings {
  readonly url: string;
  readonly orderId: number;
  readonly productKey: string;
}

/** What a pass came to. */
export interface FloorResult {
  readonly seconds: number;
  readonly count: number;
}

interface Row {
  readonly id: string;
  readonly name: string;
  readonly generation: number;
}

const pageSize = 5_000;
const page = {
  name: 'page',
  text: 'SELECT id, name, generation FROM device WHERE order_id = $1 AND id > $2 ORDER BY id LIMIT $3',
};

serveParent(async (message) => await pass(message as FloorSettings));

async function pass({ url, orderId, productKey }: FloorSettings): Promise<FloorResult> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const orderKey = createSecretKey(Buffer.alloc(32, 1));
  const read = (after: string) =>
    client.query<Row>({ ...page, values: [orderId, after, pageSize] });
  const startedAt = performance.now();
  let count = 0;
  let reading = read('0');
  for (;;) {
    const { rows } = await reading;
    const end = rows.at(-1);
    if (!end) break;
    reading = read(end.id);
    for (const { name, generation } of rows) {
      const digest = createHmac('sha256', orderKey)
        .update(`device-secret/v1${productKey}${name}${generation}`)
        .digest('hex')
        .slice(0, 32);
      count += Number(digest.length === 32);
    }
  }
  const seconds = (performance.now() - startedAt) / 1000;
  await client.end();
  return { seconds, count };
}
