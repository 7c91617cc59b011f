import { integerIn, textUpTo } from './command-line.js';
import type { Argument } from './command-line.js';
import type { LinkLogin, Qos, Will } from './link-results.js';

type Range = readonly [lowest: number, highest: number];

/** The keys of AT+LMQTTCFG that hold numbers, with the ranges of their values. Source: LMQTT notes. */
const numberKeys: Readonly<Record<string, readonly Range[]>> = {
  session: [[0, 1]],
  keepalive: [[0, 3600]],
  version: [[3, 4]],
  timeout: [
    [1, 60],
    [0, 10],
    [0, 1],
  ],
  cache: [[0, 1]],
  sslenable: [
    [0, 1],
    [0, 5],
  ],
  dataformat: [
    [0, 1],
    [0, 1],
  ],
  urc: [[0, 1]],
  'send/mode': [[0, 1]],
  'recv/mode': [
    [0, 1],
    [0, 1],
  ],
  raimode: [[0, 2]],
};

export const maxTopicBytes = 256;
export const maxMessageBytes = 1460;
/** The default of the vendor is not known; Alibaba takes 30-1200. Units: seconds. */
const defaultKeepAliveSeconds = 120;

/** The settings of AT+LMQTTCFG that a restart clears. */
export class Settings {
  readonly #numbers = new Map<string, readonly number[]>();
  #will: Will | undefined;

  /** Takes the values of a key; false when key or values are wrong. */
  set(key: string, values: readonly Argument[]): boolean {
    if (key === 'will') return this.#setWill(values);
    const ranges = Object.hasOwn(numberKeys, key) ? numberKeys[key] : undefined;
    if (!ranges || values.length === 0 || values.length > ranges.length) return false;
    const numbers = values.map((value, index) => integerIn(value, ...(ranges[index] ?? [0, 0])));
    if (numbers.includes(undefined)) return false;
    this.#numbers.set(
      key,
      numbers.map((number) => number ?? 0),
    );
    return true;
  }

  /** Tells whether a key exists; `cloud` and `aliauth` are kept elsewhere. */
  isKey(key: string): boolean {
    return key === 'will' || Object.hasOwn(numberKeys, key);
  }

  /** The values of a key as they are read back; undefined when never set. */
  shown(key: string): string | undefined {
    return this.#numbers.get(key)?.join(',');
  }

  get isTls(): boolean {
    return this.#first('sslenable') === 1;
  }

  /** Whether a message waits in the unit instead of being shown. */
  get isCached(): boolean {
    return this.#first('cache') === 1;
  }

  get session(): Omit<LinkLogin, 'clientId'> {
    return {
      version: this.#first('version') === 3 ? 3 : 4,
      isClean: this.#first('session') !== 0,
      keepAliveSeconds: this.#first('keepalive') ?? defaultKeepAliveSeconds,
      will: this.#will,
    };
  }

  #first(key: string): number | undefined {
    return this.#numbers.get(key)?.[0];
  }

  #setWill(values: readonly Argument[]): boolean {
    const isOn = integerIn(values[0], 0, 1);
    if (isOn === 0 && values.length === 1) {
      this.#will = undefined;
      return true;
    }
    const [, , , , message] = values;
    const qos = asQos(values[1]);
    const retain = integerIn(values[2], 0, 1);
    const name = textUpTo(values[3], maxTopicBytes);
    if (isOn !== 1 || values.length !== 5 || message?.kind !== 'text') return false;
    if (qos === undefined || retain === undefined || !name) return false;
    this.#will = { name, qos, isRetained: retain === 1, payload: message.bytes };
    return true;
  }
}

/** The lines of `AT+LMQTTCFG=?`. Source: modelled on the Eigencomm parent; the vendor's text is not public. */
export function settingHelp(): string[] {
  const numbers = Object.entries(numberKeys).map(([key, ranges]) => {
    const shown = ranges.map(([lowest, highest]) => `,(${String(lowest)}-${String(highest)})`);
    return `+LMQTTCFG: "${key}",(0)${shown.join('')}`;
  });
  return [
    '+LMQTTCFG: "cloud",(0),(0-255),(0-255)',
    '+LMQTTCFG: "aliauth",(0),"product_key","device_name","device_secret"',
    '+LMQTTCFG: "will",(0),(0-1),(0-2),(0-1),"topic","message"',
    ...numbers,
  ];
}

/** Reads a quality of service; undefined when it is none. */
export function asQos(argument: Argument | undefined): Qos | undefined {
  const number = integerIn(argument, 0, 2);
  return ([0, 1, 2] as const).find((qos) => qos === number);
}
