import { Secret } from '../core/secret.js';
import { registrationContent, sign } from '../core/signing.js';
import type { RegistrationLogin } from '../core/credential.js';

/**
 * Builds the MQTT login by which a module asks for its secret with the product secret.
 *
 * Shape: clientId `{deviceName}|securemode=2,authType=register,random=…,signmethod=hmacsha256|`,
 * username `{deviceName}&{productKey}`, password 64 lower-case hex digits.
 * Source: Alibaba Cloud IoT, MQTT-based dynamic registration.
 */
export function registrationLogin(device: {
  readonly productKey: string;
  readonly deviceName: string;
  readonly productSecret: Secret;
  readonly random: string;
}): RegistrationLogin {
  const { productKey, deviceName, productSecret, random } = device;
  const params = `securemode=2,authType=register,random=${random},signmethod=hmacsha256`;
  const content = registrationContent({ productKey, deviceName, random });
  return {
    clientId: `${deviceName}|${params}|`,
    username: `${deviceName}&${productKey}`,
    password: new Secret(sign('hmacsha256', productSecret, content)),
  };
}
