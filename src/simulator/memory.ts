import type { Triple } from '../core/triple.js';
import { Secret } from '../core/secret.js';
import type { FaultName } from './faults.js';

/** `"cloud"` of AT+LMQTTCFG. Shape: `cloudType` 2 is Alibaba, `dataType` 1 is JSON. */
export interface CloudSetting {
  readonly cloudType: number;
  readonly dataType: number;
}

/** Fields that a unit may show, in any name space; every other one holds a secret. */
const openField = /(^|\/)(productKey|deviceName|clientId|username)$/;

/** The fields that a unit holds, by name. */
export type StoredFields = ReadonlyMap<string, Secret>;

/**
 * The credentials and settings of a unit: what it works with, and what stays over a restart.
 *
 * A volatile unit keeps nothing, whatever its family does.
 */
export class Memory {
  cloud: CloudSetting | undefined;
  /** Whether unasked lines come to this port; kept over a restart. Source: measured on EG800K. */
  areUrcsHere: boolean;
  #working = new Map<string, Secret>();
  #kept = new Map<string, Secret>();

  constructor(
    private readonly isVolatile: boolean,
    private readonly faults: ReadonlySet<FaultName>,
    public baudRate: number,
  ) {
    this.areUrcsHere = !faults.has('urcport');
  }

  /** What the unit works with and what it keeps. */
  get stored(): StoredFields {
    return new Map([...this.#kept, ...this.#working]);
  }

  get triple(): Triple | undefined {
    const deviceSecret = this.#working.get('deviceSecret');
    if (!deviceSecret) return undefined;
    return { ...this.names, deviceSecret };
  }

  /** Whose the credentials are; empty where nothing was written. */
  get names(): { readonly productKey: string; readonly deviceName: string } {
    const productKey = this.shownField('productKey');
    return { productKey, deviceName: this.shownField('deviceName') };
  }

  /** The value that the unit works with. */
  field(name: string): Secret | undefined {
    return this.#working.get(name);
  }

  /** The value of a field that is no secret; empty when there is none. */
  shownField(name: 'productKey' | 'deviceName' | 'clientId' | 'username'): string {
    return this.#working.get(name)?.expose() ?? '';
  }

  /** Stores fields as the firmware does: OK is said whatever becomes of them. */
  put(fields: Readonly<Record<string, string>>, isKept: boolean): void {
    if (this.faults.has('stores-nothing')) return;
    for (const [name, text] of Object.entries(fields)) {
      const isSpoilt = this.faults.has('stores-wrong') && !openField.test(name);
      const value = new Secret(isSpoilt ? spoilt(text) : text);
      this.#working.set(name, value);
      if (isKept) this.#kept.set(name, value);
    }
  }

  remove(name: string): void {
    this.#working.delete(name);
    this.#kept.delete(name);
  }

  /** Keeps what the unit works with. */
  save(): void {
    this.#kept = new Map(this.#working);
  }

  /** Works with what was saved. */
  restore(): void {
    this.#working = new Map(this.#kept);
  }

  /** Shape: `isSaved` where what was saved waits for the command that restores it. */
  restart(isSaved: boolean): void {
    if (this.isVolatile || this.faults.has('forgets')) {
      this.#kept.clear();
      this.cloud = undefined;
    }
    this.#working = isSaved ? new Map<string, Secret>() : new Map(this.#kept);
  }
}

/** The same secret with another last character. */
function spoilt(text: string): string {
  return text.slice(0, -1) + (text.endsWith('0') ? '1' : '0');
}
