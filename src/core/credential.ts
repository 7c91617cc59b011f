import type { Secret } from './secret.js';

/** An MQTT login by which a module asks for its secret. */
export interface RegistrationLogin {
  readonly clientId: string;
  readonly username: string;
  readonly password: Secret;
}

/** What a unit is to hold: its triple, or a login by which it fetches its own. */
export type Credential =
  | {
      readonly kind: 'device-secret';
      readonly productKey: string;
      readonly deviceName: string;
      readonly deviceSecret: Secret;
    }
  | {
      readonly kind: 'product-secret';
      readonly productKey: string;
      readonly deviceName: string;
      readonly registration: RegistrationLogin;
    };
