import { Injectable } from '@nestjs/common';

/** Injection token of the URL of the site's own broker, a `Secret`; undefined when it has none. */
export const BROKER_URL = Symbol('BrokerUrl');

/** Where modules reach the broker; known once the ports are open. */
@Injectable()
export class BrokerAddress {
  #host: string | undefined;
  #port = 0;

  set(host: string | undefined, port: number): void {
    this.#host = host;
    this.#port = port;
  }

  /** Shape: the host that an admin has set, else the one by which the caller reached the service. */
  resolve(fallbackHost: string): { readonly host: string; readonly port: number } {
    return { host: this.#host ?? fallbackHost, port: this.#port };
  }
}
