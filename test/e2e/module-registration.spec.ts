import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Simulator } from '../../src/simulator/options.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import { Terminal } from '../simulator/terminal.js';
import { exportTriples, makeOrder, makeProduct } from '../support/orders.js';
import type { MadeProduct } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

describe('a module that registers by itself', () => {
  let service: TestService;
  let simulator: Simulator;
  let product: MadeProduct;
  const activity: string[] = [];
  const terminals: Terminal[] = [];

  beforeAll(async () => {
    service = await startTestService();
    simulator = await startSimulator({
      slots: 2,
      bootMs: 5,
      hasEcho: false,
      families: [
        { range: { first: 1, last: 1 }, name: 'simcom-sim7070' },
        { range: { first: 2, last: 2 }, name: 'aliyun-idm' },
      ],
      onActivity: ({ text }) => activity.push(text),
    });
    for (const { port } of simulator.ports) terminals.push(await Terminal.connect(port));
    product = await makeProduct(service, { mode: 'open', allowPlaintext: true });
  });
  afterAll(async () => {
    for (const terminal of terminals) await terminal.close();
    await simulator.close();
    await service.stop();
  });

  const at = (slot: number): Terminal => terminals[slot - 1] ?? expect.unreachable();
  const held = (slot: number, name: string): string =>
    simulator.modules[slot - 1]?.stored.get(name)?.expose() ?? '';

  async function isActivated(deviceName: string): Promise<boolean> {
    const path = `/api/v1/devices/${product.productKey}/${deviceName}`;
    const { body } = await service.call<{ activatedAt: string | null }>('GET', path);
    return typeof body.activatedAt === 'string';
  }

  /** Whatever the module holds by now was shown to nobody but its host. */
  function expectMasked(...secrets: readonly string[]): void {
    const told = activity.join('\n') + service.log();
    for (const secret of [product.productSecret, ...secrets]) {
      expect(secret.length).toBeGreaterThan(8);
      expect(told).not.toContain(secret);
    }
  }

  it('fetches a token under a name that nobody minted, and logs in with it (SIM7070)', async () => {
    const { productKey, productSecret } = product;
    const module = at(1);
    await module.ask(`AT+SMCONF="URL","127.0.0.1",${service.service.ports.mqttPort}`);
    await module.ask(`AT+SMALIDYNA="${productKey}","METER-1","${productSecret}x"`);
    await module.ask('AT+SMCONN', 'ERROR\r\n');

    await module.ask(`AT+SMALIDYNA="${productKey}","METER-1","${productSecret}"`);
    await module.ask('AT+SMCONN');
    await module.until('+SMSUB: /ext/regnwl,');
    const told = JSON.parse(await module.until('}')) as Record<string, string>;
    const [clientId, deviceToken] = [held(1, 'clientId'), held(1, 'deviceToken')];
    expect(told).toEqual({ clientId, productKey, deviceName: 'METER-1', deviceToken });
    expect(await isActivated('METER-1')).toBe(false);

    await module.ask('AT+SMDISC');
    await module.ask('AT+SMCONN');
    expect(await isActivated('METER-1')).toBe(true);
    expect(activity.join()).toMatch(/\+SMSUB: \/ext\/regnwl,\(\d+ bytes\)/);
    expectMasked(deviceToken);
  });

  it('fetches the secret of its order and logs in with it in one command (HAAS210)', async () => {
    const { productKey, productSecret } = product;
    const order = { quantity: 1, prefix: 'haas_', provisioning: 'product-secret' };
    const { orderId } = await makeOrder(service, productKey, order);
    const [[deviceName, deviceSecret] = ['', '']] = await exportTriples(service, orderId);
    const connect = `AT+IDMCONN=127.0.0.1,${service.service.ports.mqttPort}`;
    const module = at(2);
    await module.ask(`AT+IDMAUTH=${productKey},${deviceName},,${productSecret}`);
    await module.ask(connect);
    await module.until('\r\n+IDMSTATE:1\r\n');
    expect(held(2, 'deviceSecret')).toBe(deviceSecret);
    expect(await isActivated(deviceName)).toBe(true);

    // The device is active now, so a second registration would be refused.
    await module.ask('AT+CFUN=1,1', 'RDY\r\n');
    await module.ask(connect);
    await module.until('\r\n+IDMSTATE:1\r\n');
    await module.ask(`AT+IDMDISCONN`);
    await module.ask(`AT+IDMAUTH=${productKey},${deviceName},,${productSecret}`);
    await module.ask(connect);
    await module.until('\r\n+IDMSTATE:0\r\n');
    expectMasked(deviceSecret);
  });
});
