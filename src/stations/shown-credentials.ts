import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import type { RegistrationLogin } from '../core/credential.js';
import type { Secret } from '../core/secret.js';
import { DeviceSecrets } from '../devices/device-secrets.js';
import type { DerivedFrom } from '../devices/device-secrets.js';
import { SecretSources, show } from '../platform/idempotency/shown-secrets.js';
import type { SecretSource } from '../platform/idempotency/shown-secrets.js';
import { ProductDirectory } from '../products/product-directory.js';
import { registrationLogin } from './registration-login.js';

/** From what the secret of a device is derived again, also after it was reset. */
export interface DeviceOfOrder extends DerivedFrom {
  readonly orderId: number;
}

interface LoginOf {
  readonly productKey: string;
  readonly deviceName: string;
  readonly clientId: string;
}

const deviceSecret: SecretSource<DeviceOfOrder> = { name: 'device.secret' };
const loginPassword: SecretSource<LoginOf> = { name: 'registration.password' };

/** Takes the secret of a device into the answer that shows it. */
export function showDeviceSecret(device: DeviceOfOrder, secret: Secret): string {
  const { orderId, productKey, deviceName, generation } = device;
  return show(secret, deviceSecret, () => ({ orderId, productKey, deviceName, generation }));
}

/** Takes the password of a registration login into the answer that shows it. */
export function showPassword(
  { productKey, deviceName }: Pick<LoginOf, 'productKey' | 'deviceName'>,
  { clientId, password }: RegistrationLogin,
): string {
  return show(password, loginPassword, () => ({ productKey, deviceName, clientId }));
}

/** Finds again what the answers to claims have shown. */
@Injectable()
export class ShownCredentials implements OnModuleInit {
  constructor(
    private readonly sources: SecretSources,
    private readonly secrets: DeviceSecrets,
    private readonly products: ProductDirectory,
  ) {}

  onModuleInit(): void {
    this.sources.register(deviceSecret, async (device) => [await this.secrets.derive(device)]);
    this.sources.register(loginPassword, (login) => this.#passwords(login));
  }

  async #passwords({ productKey, deviceName, clientId }: LoginOf): Promise<Secret[]> {
    const random = /random=(\w+)/.exec(clientId)?.[1] ?? '';
    const productSecrets = await this.products.secretsOf(productKey);
    return productSecrets.map(
      (productSecret) =>
        registrationLogin({ productKey, deviceName, productSecret, random }).password,
    );
  }
}
