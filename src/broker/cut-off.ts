import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import { Signals } from '../platform/signals/signals.js';
import { CutOffStore } from './cut-off.store.js';
import { EmbeddedBroker } from './embedded-broker.js';

/** Devices looked up in one statement. */
const chunkSize = 1000;

/** Ends the connections of devices that an admin has disabled, voided or reset, on any copy of the service. */
@Injectable()
export class CutOff implements OnModuleInit {
  constructor(
    private readonly signals: Signals,
    private readonly database: Database,
    private readonly store: CutOffStore,
    private readonly broker: EmbeddedBroker,
  ) {}

  onModuleInit(): void {
    this.signals.on('device', (key) => this.check(key));
  }

  /** Shape: `key` is `productKey deviceName`; undefined means that signals may have been lost. */
  async check(key: string | undefined): Promise<void> {
    const [productKey = '', deviceName = ''] = key?.split(' ') ?? [];
    const connected = this.broker.connected();
    const named =
      key === undefined
        ? connected
        : connected.filter((d) => d.productKey === productKey && d.deviceName === deviceName);
    for (let from = 0; from < named.length; from += chunkSize) {
      const chunk = named.slice(from, from + chunkSize);
      const gone = await this.store.shutOut(this.database.single, chunk);
      for (const device of gone) this.broker.cut(device);
    }
  }
}
