/** Who may register a device of a product with the product secret. */
export const registrationModes = ['off', 'preregistered'] as const;
export type RegistrationMode = (typeof registrationModes)[number];

/** The registration policy of a product. */
export interface RegistrationPolicy {
  readonly mode: RegistrationMode;
  /** Whether registration is also answered on plain HTTP and plain MQTT (a closed factory LAN). */
  readonly allowPlaintext: boolean;
}

/** What the writing statement found of a device, or the reason it did not give its secret. */
export const registrationVerdicts = [
  'granted',
  'device_unknown',
  'device_active',
  'device_disabled',
  'device_held',
  'quota_used_up',
  'policy_changed',
] as const;
export type RegistrationVerdict = (typeof registrationVerdicts)[number];
