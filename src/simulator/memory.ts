import type { Triple } from '../core/triple.js';
import { Secret } from '../core/secret.js';
import type { FaultName } from './faults.js';

/** Longest fields that the unit keeps; longer ones become empty. Source: Eigencomm EC616S firmware. */
const maxBytes = { productKey: 32, deviceName: 32, deviceSecret: 64 } as const;

/** `"cloud"` of AT+LMQTTCFG. Shape: `cloudType` 2 is Alibaba, `dataType` 1 is JSON. */
export interface CloudSetting {
  readonly cloudType: number;
  readonly dataType: number;
}

/**
 * The settings of a unit that stay over a restart: its cloud type and its triple.
 *
 * Whether NT35E keeps them is not documented; here they are kept unless the unit is volatile.
 */
export class Memory {
  triple: Triple | undefined;
  cloud: CloudSetting | undefined;
  baudRate = 115_200;

  constructor(
    private readonly isVolatile: boolean,
    private readonly faults: ReadonlySet<FaultName>,
  ) {}

  /** Stores a triple as the firmware does: OK is said whatever becomes of it. */
  storeTriple(productKey: string, deviceName: string, deviceSecret: Secret): void {
    if (this.faults.has('stores-nothing')) return;
    const secret = this.faults.has('stores-wrong') ? spoilt(deviceSecret) : deviceSecret;
    this.triple = {
      productKey: fitting(productKey, maxBytes.productKey),
      deviceName: fitting(deviceName, maxBytes.deviceName),
      deviceSecret: new Secret(fitting(secret.expose(), maxBytes.deviceSecret)),
    };
  }

  restart(): void {
    if (!this.isVolatile && !this.faults.has('forgets')) return;
    this.triple = undefined;
    this.cloud = undefined;
  }
}

function fitting(text: string, max: number): string {
  return Buffer.byteLength(text) > max ? '' : text;
}

/** The same secret with another last character. */
function spoilt(secret: Secret): Secret {
  const text = secret.expose();
  return new Secret(text.slice(0, -1) + (text.endsWith('0') ? '1' : '0'));
}
