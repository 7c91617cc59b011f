import { Injectable } from '@nestjs/common';

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
