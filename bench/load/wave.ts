/** Devices by a running number. Shape: `{prefix}{from…}`, zero-padded to `width`. */
export interface Fleet {
  readonly productKey: string;
  readonly productSecret: string;
  readonly prefix: string;
  readonly width: number;
  readonly from: number;
  readonly count: number;
}

/** A triple, as its unit holds it. */
export interface Triple {
  readonly productKey: string;
  readonly deviceName: string;
  readonly deviceSecret: string;
}

/** What the devices of a wave want. */
export type Wish =
  | { readonly kind: 'http-registration' | 'mqtt-registration'; readonly fleet: Fleet }
  | { readonly kind: 'login'; readonly triples: readonly Triple[] };

/** Many devices at once, so many of them at a time. */
export interface Wave {
  readonly port: number;
  readonly inFlight: number;
  readonly wish: Wish;
  /** `kept`: each connection serves one device after the other; `fresh`: each device has its own. */
  readonly connections: 'kept' | 'fresh';
  /** The authority to trust, PEM; absent for plain TCP. */
  readonly ca?: string | undefined;
}

/** What came of a wave. Units: seconds, ms. */
export interface WaveResult {
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers that were not what was asked for; the first of them as it came. */
  readonly wrong: number;
  readonly firstWrong: string | undefined;
  /** How many different things were given: secrets, or logins. */
  readonly given: number;
}
