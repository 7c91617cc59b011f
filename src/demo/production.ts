import { Secret } from '../core/secret.js';
import type { Simulator } from '../simulator/options.js';
import { Api } from './api.js';
import { logIn, registerOverHttps, registerOverMqtt } from './field-module.js';
import { closeJig, enrolStation, placeOrder } from './line.js';
import type { ShownRun } from './line.js';
import { roundTrip } from './round-trip.js';
import type { ServiceProcess } from './service-process.js';
import type { Row, Stage } from './stage.js';

/** A product of the demo. */
interface Product {
  readonly productKey: string;
  readonly productSecret: Secret;
}

/** Plays the whole production run on a started service and jig. */
export async function playProduction(
  stage: Stage,
  service: ServiceProcess,
  simulator: Simulator,
): Promise<void> {
  const api = new Api(service.urls.http, service.adminKey);
  const product = await prepareProduct(stage, api);
  const { productKey } = product;

  const quantity = simulator.ports.length;
  stage.chapter(
    `An order of ${quantity} triples is minted and the jig closes on ${quantity} NT35E modules`,
  );
  const provisioning = 'device-secret';
  const orderId = await placeOrder(api, productKey, { quantity, prefix: 'NT35E_', provisioning });
  const station = new Api(service.urls.http, await enrolStation(api, simulator.ports));
  const run = await closeJig(stage, station, orderId);
  tellConversation(stage, run);

  const flashed = await modulesLogIn(stage, service, simulator, productKey, run);
  const fetched = await modulesRegisterOnTheJig(stage, api, station, simulator, productKey);
  const field = await modulesRegisterInTheField(stage, service, api, product);

  stage.chapter('What came of it');
  stage.table(
    ['module', 'deviceName', 'got its secret', 'kept', 'login', 'round trip'],
    [...flashed, ...fetched, ...field],
  );
  const order = await api.get<{ confirmed: number; activated: number }>(`/orders/${orderId}`);
  stage.check(
    order.confirmed === quantity,
    `${order.confirmed} of ${quantity} triples confirmed by read-back`,
  );
  stage.check(
    order.activated === quantity,
    `${order.activated} of ${quantity} activated by their own login`,
  );
}

async function prepareProduct(stage: Stage, api: Api): Promise<Product> {
  stage.chapter('A product and its topic class');
  const made = await api.post<{ productKey: string; productSecret: string }>('/products', {
    name: 'NT35E',
    registration: { mode: 'preregistered', allowPlaintext: true },
  });
  const path = `/products/${made.productKey}/topics`;
  await api.post(path, { name: 'COMMUTEST', operation: 'ALL' });
  stage.say(
    `   product ${made.productKey}, topic /${made.productKey}/\${deviceName}/user/COMMUTEST`,
  );
  return { productKey: made.productKey, productSecret: new Secret(made.productSecret) };
}

function tellConversation(stage: Stage, run: ShownRun): void {
  const [first] = run.slots;
  stage.say('\n   What the jig and the module of slot 1 said (secrets masked):');
  for (const { atMs, direction, text } of first?.transcript ?? []) {
    const arrow = direction === 'sent' ? '>' : direction === 'received' ? '<' : ' ';
    stage.say(`   ${String(Math.round(atMs)).padStart(6)} ms ${arrow} ${text}`);
  }
}

async function modulesLogIn(
  stage: Stage,
  service: ServiceProcess,
  simulator: Simulator,
  productKey: string,
  run: ShownRun,
): Promise<Row[]> {
  stage.chapter('The modules log in by themselves and get their own message back');
  const { hostname, port } = new URL(service.urls.mqtt);
  const broker = { host: hostname, port: Number(port) };
  return await Promise.all(
    simulator.ports.map(async (module): Promise<Row> => {
      const written = run.slots.find(({ slot }) => slot === module.slot);
      const deviceName = written?.deviceName ?? '';
      const trip = await roundTrip(module, broker, productKey, deviceName);
      stage.check(trip.hasLoggedIn && trip.hasReceived, `${deviceName} received its 1122334455`);
      const kept = written?.outcome ?? '-';
      return [
        module.imei,
        deviceName,
        'jig, AT',
        kept,
        word(trip.hasLoggedIn),
        word(trip.hasReceived),
      ];
    }),
  );
}

async function modulesRegisterOnTheJig(
  stage: Stage,
  api: Api,
  station: Api,
  simulator: Simulator,
  productKey: string,
): Promise<Row[]> {
  stage.chapter('One type, one secret: two fresh modules fetch theirs with plain LMQTT commands');
  const slots = [1, 2];
  for (const slot of slots) simulator.replaceModule(slot);
  const order = { quantity: slots.length, prefix: 'FETCH_', provisioning: 'product-secret' };
  const orderId = await placeOrder(api, productKey, order);
  const run = await closeJig(stage, station, orderId, slots);
  return run.slots.map(({ unit, deviceName, outcome }): Row => {
    return [unit ?? '-', deviceName ?? '-', 'own MQTT, AT', outcome ?? '-', '-', '-'];
  });
}

async function modulesRegisterInTheField(
  stage: Stage,
  service: ServiceProcess,
  api: Api,
  product: Product,
): Promise<Row[]> {
  stage.chapter('One type, one secret: modules in the field register over MQTT and HTTPS');
  const { productKey } = product;
  const order = { quantity: 4, prefix: 'FIELD_', provisioning: 'product-secret' };
  const orderId = await placeOrder(api, productKey, order);
  const triples = (await api.text(`/orders/${orderId}/triples`)).trimEnd().split('\n').slice(1);
  return await Promise.all(
    triples.map(async (line, index): Promise<Row> => {
      const [, deviceName = '', minted = ''] = line.split(',');
      const module = { ...product, deviceName };
      const isOverMqtt = index % 2 === 0;
      const secret = isOverMqtt
        ? await registerOverMqtt(module, service.urls)
        : (await registerOverHttps(module, service.urls)).secret;
      const isSame = secret?.expose() === minted;
      const over = isOverMqtt ? 'MQTT over TLS' : 'HTTPS';
      stage.check(isSame, `${deviceName} got over ${over} the secret that the order export holds`);
      const hasLoggedIn = secret !== undefined && (await logIn(module, secret, service.urls));
      const again = await registerOverHttps(module, service.urls);
      stage.check(
        again.code === 6289,
        `${deviceName} is activated now: a second registration gets 6289`,
      );
      return ['-', deviceName, over, word(isSame), word(hasLoggedIn), '-'];
    }),
  );
}

function word(isHeld: boolean): string {
  return isHeld ? 'ok' : 'FAILED';
}
