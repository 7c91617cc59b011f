import type { SimulatedPort } from '../simulator/options.js';
import { AtTerminal } from './at-terminal.js';

/** Whether a module logged in by itself and received its own message. */
export interface RoundTrip {
  readonly hasLoggedIn: boolean;
  readonly hasReceived: boolean;
}

/**
 * Types the network commands of the NT35E article to a module: open, log in, subscribe, publish.
 *
 * Shape: the module computes its login from the triple that the jig wrote; the payload is the
 * article's `1122334455` on `user/COMMUTEST`.
 */
export async function roundTrip(
  module: SimulatedPort,
  broker: { readonly host: string; readonly port: number },
  productKey: string,
  deviceName: string,
): Promise<RoundTrip> {
  const topic = `/${productKey}/${deviceName}/user/COMMUTEST`;
  const terminal = await AtTerminal.open(module.host, module.port);
  let hasLoggedIn = false;
  try {
    const open = `AT+LMQTTOPEN=0,"${broker.host}",${broker.port}`;
    await terminal.ask(open, /\+LMQTTOPEN: 0,0\r/);
    await terminal.ask('AT+LMQTTCONN=0,"NT35E"', /\+LMQTTCONN: 0,0,0\r/);
    hasLoggedIn = true;
    await terminal.ask(`AT+LMQTTSUBUNSUB=0,0,1,"${topic}",2`, /\+LMQTTSUBUNSUB: 0,1,\d+,1\r/);
    const publish = `AT+LMQTTPUB=0,0,0,1,"${topic}",10,"1122334455"`;
    const received = await terminal.ask(publish, /\+LMQTTURC: RECV,0,\d+,"([^"]+)",1122334455\r/);
    await terminal.ask('AT+LMQTTDISC=0', /OK\r/);
    return { hasLoggedIn, hasReceived: received.includes(`"${topic}"`) };
  } catch {
    return { hasLoggedIn, hasReceived: false };
  } finally {
    terminal.close();
  }
}
