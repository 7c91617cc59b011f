import { connectAsync } from 'mqtt';
import { credentials } from '../broker/devices.js';
import { registrationForm } from './registering.js';
import { exportTriples, makeOrder, makeProduct } from './orders.js';
import type { MadeProduct } from './orders.js';
import type { MadeStation } from './jig.js';
import type { Call } from './service.js';

/** Devices in each order: more than users ask for in a test. */
const quantity = 3000;

/** A copy of the service as its users reach it. */
export interface Reached {
  readonly http: string;
  readonly mqtt: string;
  readonly call: Call;
}

/** A product with an order to claim from, an order to register from, and a station. */
export interface Plant {
  readonly product: MadeProduct;
  readonly claimed: string;
  readonly registered: string;
  readonly station: MadeStation;
  readonly triples: ReadonlyMap<string, string>;
}

/** What users of every kind met until it was stopped. */
export interface Traffic {
  /** Answers that no user should get. */
  readonly troubles: readonly string[];
  readonly counts: Readonly<Record<'claims' | 'registrations' | 'logins' | 'orders', number>>;
  /** What claims gave out. Shape: from the SN of a unit to the name of its device. */
  readonly given: ReadonlyMap<string, string>;
  /** Resolves when every kind of user has been served again from now on. */
  served(): Promise<void>;
  stop(): Promise<void>;
}

/** Makes a product with two orders and a station that may claim from them. */
export async function makePlant(reached: Pick<Reached, 'call'>): Promise<Plant> {
  const product = await makeProduct(reached, { mode: 'preregistered', allowPlaintext: true });
  const { productKey } = product;
  const claimed = await makeOrder(reached, productKey, { quantity, prefix: 'line_' });
  const more = { quantity, prefix: 'field_', provisioning: 'product-secret' };
  const registered = await makeOrder(reached, productKey, more);
  const name = `bench of ${productKey}`;
  const { body: station } = await reached.call<MadeStation>('POST', '/api/v1/stations', { name });
  const triples = new Map([
    ...(await exportTriples(reached, claimed.orderId)),
    ...(await exportTriples(reached, registered.orderId)),
  ]);
  return {
    product,
    claimed: claimed.orderId,
    registered: registered.orderId,
    station,
    triples,
  };
}

/** Lets users of every kind come to all copies in turn, one after the other. */
export function startTraffic(copies: readonly Reached[], plant: Plant): Traffic {
  const troubles: string[] = [];
  const given = new Map<string, string>();
  const counts = { claims: 0, registrations: 0, logins: 0, orders: 0 };
  const waiting: (() => void)[] = [];
  let isStopped = false;
  const users: Record<keyof typeof counts, (copy: Reached, no: number) => Promise<string | null>> =
    {
      claims: (copy, no) => claim(copy, plant, no, given),
      registrations: (copy, no) => register(copy, plant, no),
      logins: (copy, no) => logIn(copy, plant, no),
      orders: (copy, no) => order(copy, plant, no),
    };
  const loops = Object.entries(users).map(async ([kind, use]) => {
    for (let no = 0; !isStopped; no += 1) {
      const copy = copies[no % copies.length];
      if (!copy) return;
      const trouble = await use(copy, no).catch((error: unknown) => String(error));
      if (trouble !== null) troubles.push(`${kind} ${no}: ${trouble}`);
      counts[kind as keyof typeof counts] += 1;
      for (const look of [...waiting]) look();
    }
  });
  return {
    troubles,
    counts,
    given,
    served: async () => {
      const before = { ...counts };
      const kinds = Object.keys(counts) as (keyof typeof counts)[];
      // Two more of each: the first may have been under way.
      const isServed = (): boolean => kinds.every((kind) => counts[kind] >= before[kind] + 2);
      await new Promise<void>((resolve) => {
        waiting.push(() => {
          if (isServed()) resolve();
        });
      });
    },
    stop: async () => {
      isStopped = true;
      await Promise.all(loops);
    },
  };
}

async function claim(
  { call }: Reached,
  plant: Plant,
  no: number,
  given: Map<string, string>,
): Promise<string | null> {
  const sn = `SN${no}`;
  const body = { orderId: plant.claimed, unit: { sn } };
  const {
    status,
    text,
    body: answer,
  } = await call<{ triple: { deviceName: string } }>(
    'POST',
    '/api/v1/claims',
    body,
    plant.station.key,
  );
  if (status !== 201) return text;
  given.set(sn, answer.triple.deviceName);
  return null;
}

async function register({ http }: Reached, plant: Plant, no: number): Promise<string | null> {
  const deviceName = `field_${String(no).padStart(6, '0')}`;
  const form = registrationForm({ ...plant.product, deviceName });
  const answer = await fetch(`${http}/auth/register/device`, {
    method: 'POST',
    body: new URLSearchParams(form),
  });
  const text = await answer.text();
  const { data } = JSON.parse(text) as { data?: { deviceSecret?: string } };
  return data?.deviceSecret === plant.triples.get(deviceName) ? null : text;
}

async function logIn({ mqtt }: Reached, plant: Plant, no: number): Promise<string | null> {
  const [deviceName, deviceSecret = ''] = [...plant.triples][quantity - 1 - (no % 500)] ?? [''];
  const { productKey } = plant.product;
  const client = await connectAsync(mqtt, {
    ...credentials({ productKey, deviceName, deviceSecret }),
    reconnectPeriod: 0,
    protocolVersion: 4,
  });
  await client.endAsync(true);
  return null;
}

/** Seals new secrets: an order has a key of its own, and the product gets another secret. */
async function order(copy: Reached, { product }: Plant, no: number): Promise<string | null> {
  const prefix = `more${no}_`;
  const { orderId } = await makeOrder(copy, product.productKey, { quantity: 2, prefix });
  const triples = await exportTriples(copy, orderId);
  if (triples.size !== 2) return `an export of ${triples.size} triples`;
  const made = await makeProduct(copy);
  const path = `/api/v1/products/${made.productKey}/secret/rotate`;
  const { status, text } = await copy.call('POST', path, { previousValidForSeconds: 600 });
  return status === 200 ? null : text;
}
