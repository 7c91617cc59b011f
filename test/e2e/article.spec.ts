import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Simulator } from '../../src/simulator/options.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import { exportTriples, makeOrder } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

const productKey = 'a1JszCpjS61';
const deviceName = 'NT35E_06011';

let service: TestService;
let simulator: Simulator;
let line: Socket;
beforeAll(async () => {
  service = await startTestService();
  simulator = await startSimulator({ slots: 1 });
  const port = simulator.ports[0]?.port ?? 0;
  line = connect(port, '127.0.0.1').setEncoding('utf8');
});
afterAll(async () => {
  line.destroy();
  await simulator.close();
  await service.stop();
});

/** Types one command and waits until the module has said what is expected. */
async function type(command: string, expected: string): Promise<void> {
  let heard = '';
  await new Promise<void>((resolve) => {
    const listen = (text: string): void => {
      heard += text;
      if (!heard.includes(expected)) return;
      line.off('data', listen);
      resolve();
    };
    line.on('data', listen);
    line.write(`${command}\r`);
  });
}

describe('the NT35E article', () => {
  it('ends with the module receiving its own 1122334455', async () => {
    const created = await service.call('POST', '/api/v1/products', { name: 'NT35E', productKey });
    expect(created.status).toBe(201);
    const topic = { name: 'COMMUTEST', operation: 'ALL' };
    await service.call('POST', `/api/v1/products/${productKey}/topics`, topic);
    const { orderId } = await makeOrder(service, productKey, {
      quantity: 1,
      naming: { kind: 'sequence', prefix: 'NT35E_', start: 6011, width: 5 },
    });
    const secret = (await exportTriples(service, orderId)).get(deviceName) ?? '';
    const { mqttPort } = service.service.ports;

    await type('AT+LMQTTCFG="cloud",0,2,1', '\r\nOK\r\n');
    await type(`AT+LMQTTCFG="aliauth",0,"a1JszCpjS61","NT35E_06011","${secret}"`, '\r\nOK\r\n');
    await type(`AT+LMQTTOPEN=0,"127.0.0.1",${mqttPort}`, '+LMQTTOPEN: 0,0\r\n');
    await type('AT+LMQTTCONN=0,"NT35E"', '+LMQTTCONN: 0,0,0\r\n');
    await type(
      'AT+LMQTTSUBUNSUB=0,0,1,"/a1JszCpjS61/NT35E_06011/user/COMMUTEST",2',
      '+LMQTTSUBUNSUB: 0,1,0,1\r\n',
    );
    await type(
      'AT+LMQTTPUB=0,0,0,1,"/a1JszCpjS61/NT35E_06011/user/COMMUTEST",10,"1122334455"',
      '"/a1JszCpjS61/NT35E_06011/user/COMMUTEST",1122334455\r\n',
    );

    const path = `/api/v1/devices/${productKey}/${deviceName}`;
    const device = await service.call<{ state: string; activatedAt: string | null }>('GET', path);
    expect(device.body.activatedAt).not.toBeNull();
    expect(device.body.state).toBe('issued');
  });
});
