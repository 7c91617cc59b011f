import { createHmac } from 'node:crypto';

/** A device that carries only the secret of its product. */
export interface Registrant {
  readonly productKey: string;
  readonly deviceName: string;
  readonly productSecret: string;
}

const random = '8B8FB152';

/** The signature of a registration, computed here on its own. Source: Alibaba dynamic registration. */
function signature({ productKey, deviceName, productSecret }: Registrant): string {
  const content = `deviceName${deviceName}productKey${productKey}random${random}`;
  return createHmac('sha256', productSecret).update(content).digest('hex');
}

/** The form that a module posts to register. */
export function registrationForm(device: Registrant): Readonly<Record<string, string>> {
  const { productKey, deviceName } = device;
  const sign = signature(device);
  return { productKey, deviceName, random, sign, signMethod: 'hmacsha256' };
}

/** What a module puts into its CONNECT to register. */
export function registrationConnect(device: Registrant): {
  readonly clientId: string;
  readonly username: string;
  readonly password: string;
} {
  const { productKey, deviceName } = device;
  const params = `authType=register,random=${random},signmethod=hmacsha256,securemode=2`;
  return {
    clientId: `${productKey}.${deviceName}|${params}|`,
    username: `${deviceName}&${productKey}`,
    password: signature(device),
  };
}
