/** Who may register a device of a product with the product secret; `open` needs no device minted before. */
export const registrationModes = ['off', 'preregistered', 'open'] as const;
export type RegistrationMode = (typeof registrationModes)[number];

/**
 * What a device gets that registers again before its activation.
 *
 * Shape: `same` secret, so a lost reply harms nobody; `rotate` makes a new one and ends the older.
 * Source: Alibaba: each call gives a new DeviceSecret, only the latest is valid.
 */
export const repeatRules = ['same', 'rotate'] as const;
export type RepeatRule = (typeof repeatRules)[number];

/** Source: Alibaba: up to five units per name without pre-registration. */
export const maxUnitsPerName = 5;

/** The registration policy of a product. Units: UTC instants; null is "no limit". */
export interface RegistrationPolicy {
  readonly mode: RegistrationMode;
  /** Whether registration is also answered on plain HTTP and plain MQTT (a closed factory LAN). */
  readonly allowPlaintext: boolean;
  readonly repeat: RepeatRule;
  /** How many devices may register at all; a repeat or a reset counts no second time. */
  readonly quota: number | null;
  readonly opensAt: Date | null;
  readonly closesAt: Date | null;
  /** Shape: CIDR, e.g. `10.0.0.0/8`, `2001:db8::/32`; empty is "from anywhere". */
  readonly allowedNetworks: readonly string[];
  /** Registrations that are answered per second, with bursts of ten times that. */
  readonly maxPerSecond: number | null;
  /** In mode `open`: how many units may be active under one device name, 1 to 5. */
  readonly unitsPerName: number;
}

/** What a product starts with: nobody may register. */
export const defaultPolicy: RegistrationPolicy = {
  mode: 'off',
  allowPlaintext: false,
  repeat: 'same',
  quota: null,
  opensAt: null,
  closesAt: null,
  allowedNetworks: [],
  maxPerSecond: null,
  unitsPerName: 1,
};

/** What the writing statement found of a device, or the reason it did not give its secret. */
export const registrationVerdicts = [
  'granted',
  'device_unknown',
  'device_active',
  'device_disabled',
  'device_held',
  'quota_used_up',
  'product_quota_used_up',
  'policy_changed',
] as const;
export type RegistrationVerdict = (typeof registrationVerdicts)[number];
