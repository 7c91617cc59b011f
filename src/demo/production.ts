import { Secret } from '../core/secret.js';
import type { Simulator } from '../simulator/options.js';
import { Api } from '../commands/api-client.js';
import { logIn, registerOverHttps, registerOverMqtt } from './field-module.js';
import { closeJig, enrolStation, placeOrder } from './line.js';
import type { ShownRun } from './line.js';
import { roundTrip } from './round-trip.js';
import type { ServiceProcess } from './service-process.js';
import type { Row, Stage } from './stage.js';

/** Everything a scene of the demo plays with. */
interface Scene {
  readonly stage: Stage;
  readonly service: ServiceProcess;
  readonly admin: Api;
  readonly simulator: Simulator;
  readonly product: { readonly productKey: string; readonly productSecret: Secret };
}

const header = ['IMEI', 'deviceName', 'secret came by', 'result', 'login', 'round trip'];

/** Plays the whole production run on a started service and jig. */
export async function playProduction(
  stage: Stage,
  service: ServiceProcess,
  simulator: Simulator,
): Promise<void> {
  const admin = new Api(service.urls.http, service.adminKey);
  const product = await prepareProduct(stage, admin);
  const scene: Scene = { stage, service, admin, simulator, product };
  const quantity = simulator.ports.length;

  stage.chapter(`An order of ${quantity} is minted; the jig closes on ${quantity} NT35E modules`);
  const order = { quantity, prefix: 'NT35E_', provisioning: 'device-secret' };
  const orderId = await placeOrder(admin, product.productKey, order);
  const station = new Api(service.urls.http, await enrolStation(admin, simulator.ports));
  const run = await closeJig(stage, station, orderId);
  tellConversation(stage, run);

  stage.chapter('The modules log in by themselves and get their own message back');
  const flashed = await talkToBroker(scene, run, 'jig, AT');

  stage.chapter('One type, one secret: two fresh modules fetch theirs with plain LMQTT commands');
  const fetched = await talkToBroker(scene, await fetchOnTheJig(scene, station), 'MQTT, by AT');

  stage.chapter('One type, one secret: modules in the field register over MQTT and HTTPS');
  const registered = await registerInTheField(scene);

  stage.chapter('What came of it');
  stage.table(header, [...flashed, ...fetched, ...registered]);
  const count = await admin.get<{ confirmed: number; activated: number }>(`/orders/${orderId}`);
  stage.check(
    count.confirmed === quantity,
    `${count.confirmed} of ${quantity} proven by read-back`,
  );
  stage.check(count.activated === quantity, `${count.activated} of ${quantity} activated by login`);
}

async function prepareProduct(stage: Stage, admin: Api): Promise<Scene['product']> {
  stage.chapter('A product and its topic class');
  const made = await admin.post<{ productKey: string; productSecret: string }>('/products', {
    name: 'NT35E',
    registration: { mode: 'preregistered', allowPlaintext: true },
  });
  const { productKey } = made;
  await admin.post(`/products/${productKey}/topics`, { name: 'COMMUTEST', operation: 'ALL' });
  stage.say(`   product ${productKey}, topic /${productKey}/\${deviceName}/user/COMMUTEST`);
  return { productKey, productSecret: new Secret(made.productSecret) };
}

function tellConversation(stage: Stage, run: ShownRun): void {
  stage.say('\n   What the jig and the module of slot 1 said (secrets masked):');
  for (const { atMs, direction, text } of run.slots[0]?.transcript ?? []) {
    const arrow = direction === 'sent' ? '>' : direction === 'received' ? '<' : ' ';
    stage.say(`   ${String(Math.round(atMs)).padStart(6)} ms ${arrow} ${text}`);
  }
}

/** Lets every module of a run log in, subscribe, publish and hear itself. */
async function talkToBroker(scene: Scene, run: ShownRun, cameBy: string): Promise<Row[]> {
  const { hostname, port } = new URL(scene.service.urls.mqtt);
  const broker = { host: hostname, port: Number(port) };
  const { productKey } = scene.product;
  return await Promise.all(
    run.slots.map(async ({ slot, unit, deviceName, outcome }): Promise<Row> => {
      const name = deviceName ?? '-';
      const address = scene.simulator.ports[slot - 1];
      const trip = address && (await roundTrip(address, broker, productKey, name));
      const isHeld = trip?.hasLoggedIn === true && trip.hasReceived;
      scene.stage.check(isHeld, `${name} received its own 1122334455`);
      const words = [word(trip?.hasLoggedIn), word(trip?.hasReceived)];
      return [unit ?? '-', name, cameBy, outcome ?? '-', ...words];
    }),
  );
}

async function fetchOnTheJig({ stage, admin, simulator, product }: Scene, station: Api) {
  const slots = [1, 2];
  for (const slot of slots) simulator.replaceModule(slot);
  const order = { quantity: slots.length, prefix: 'FETCH_', provisioning: 'product-secret' };
  const orderId = await placeOrder(admin, product.productKey, order);
  return await closeJig(stage, station, orderId, slots);
}

async function registerInTheField(scene: Scene): Promise<Row[]> {
  const { admin, product } = scene;
  const order = { quantity: 4, prefix: 'FIELD_', provisioning: 'product-secret' };
  const orderId = await placeOrder(admin, product.productKey, order);
  const lines = (await admin.text(`/orders/${orderId}/triples`)).trimEnd().split('\n').slice(1);
  return await Promise.all(
    lines.map(async (line, index) => {
      const [, deviceName = '', minted = ''] = line.split(',');
      return await registerOne(scene, deviceName, new Secret(minted), index % 2 === 0);
    }),
  );
}

async function registerOne(
  { stage, service: { urls }, product }: Scene,
  deviceName: string,
  minted: Secret,
  isOverMqtt: boolean,
): Promise<Row> {
  const module = { ...product, deviceName };
  const over = isOverMqtt ? 'MQTT over TLS' : 'HTTPS';
  const secret = isOverMqtt
    ? await registerOverMqtt(module, urls)
    : (await registerOverHttps(module, urls)).secret;
  const isSame = secret?.expose() === minted.expose();
  stage.check(
    isSame,
    `${deviceName} got over ${over} the secret that the export of its order holds`,
  );
  const hasLoggedIn = secret !== undefined && (await logIn(module, secret, urls));
  const again = await registerOverHttps(module, urls);
  stage.check(again.code === 6289, `${deviceName} is active: a second registration gets 6289`);
  return ['-', deviceName, over, word(isSame), word(hasLoggedIn), '-'];
}

function word(isHeld: boolean | undefined): string {
  return isHeld === true ? 'ok' : 'FAILED';
}
