import { Inject, Injectable } from '@nestjs/common';
import { plainAddress } from '../../core/address.js';
import { DomainError } from '../../core/errors.js';
import { parseClientId, parseUsername } from '../../core/client-id.js';
import { LOGGER } from '../../platform/logger.js';
import type { Logger } from '../../platform/logger.js';
import type { RegistrationRefusal, RegistrationResult } from '../registration.js';
import { RegistrationService } from '../registration.service.js';

/** The part of a CONNECT packet that a registration is told by. */
export interface MqttRegistrationConnect {
  readonly clientId: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

/**
 * What the front door answers: CONNACK 0 and then a QoS 0 PUBLISH, or a CONNACK that refuses.
 *
 * Shape: `payload` is compact JSON with a device secret in it; it is never logged.
 */
export type MqttRegistrationAnswer =
  | {
      readonly kind: 'granted';
      readonly topic: '/ext/register' | '/ext/regnwl';
      readonly payload: string;
    }
  | { readonly kind: 'refused'; readonly returnCode: 2 | 3 | 4 };

/** CONNACK return codes. Source: MQTT 3.1.1, table 3.1; Alibaba Cloud IoT, MQTT dynamic registration. */
const identifierRejected = 2;
const serverUnavailable = 3;
const badUserOrPassword = 4;

/** 3 where a later try may succeed, 2 for a connection without TLS, 4 for the rest. */
const returnCodes: Readonly<Record<RegistrationRefusal, 2 | 3 | 4>> = {
  device_unknown: badUserOrPassword,
  device_active: badUserOrPassword,
  device_disabled: badUserOrPassword,
  device_held: badUserOrPassword,
  mode_off: badUserOrPassword,
  outside_window: badUserOrPassword,
  network_refused: badUserOrPassword,
  plaintext_refused: identifierRejected,
  quota_used_up: serverUnavailable,
  product_quota_used_up: serverUnavailable,
  policy_changed: serverUnavailable,
  device_too_fast: serverUnavailable,
  product_too_fast: serverUnavailable,
};

/**
 * Answers modules that register over MQTT.
 *
 * Shape: `authType` alone tells a registration; securemode 2 and -2 both occur and say nothing.
 * Source: Alibaba Cloud IoT, MQTT dynamic registration; C SDKs 3.2.0 and 4.2.0, Python SDK, observed.
 */
@Injectable()
export class AliyunMqttRegistration {
  constructor(
    private readonly registration: RegistrationService,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** Tells whether a CONNECT is a registration, from its client id. */
  wants(clientId: string): boolean {
    const authType = authTypeOf(clientId);
    return authType === 'register' || authType === 'regnwl';
  }

  /** Answers a registration. Never throws: trouble on our side is return code 3. */
  async answer(
    connect: MqttRegistrationConnect,
    context: { readonly remoteAddress: string; readonly isEncrypted: boolean },
  ): Promise<MqttRegistrationAnswer> {
    const params = parseClientId(connect.clientId)?.params;
    const identity = parseUsername(connect.username ?? '');
    try {
      const result = await this.registration.register({
        protocol: 'aliyun-mqtt',
        wants: params?.get('authType') === 'regnwl' ? 'token' : 'secret',
        productKey: identity?.productKey,
        deviceName: identity?.deviceName,
        random: params?.get('random'),
        sign: connect.password,
        signMethod: params?.get('signmethod'),
        address: plainAddress(context.remoteAddress),
        isEncrypted: context.isEncrypted,
      });
      return answerOf(result);
    } catch (error) {
      const isExpected = error instanceof DomainError && error.entry.kind === 'unavailable';
      this.log[isExpected ? 'warn' : 'error']({ err: error }, 'registration.failed');
      return refused(serverUnavailable);
    }
  }
}

function authTypeOf(clientId: string): string | undefined {
  return parseClientId(clientId)?.params.get('authType');
}

function answerOf(result: RegistrationResult): MqttRegistrationAnswer {
  switch (result.kind) {
    case 'granted': {
      const { productKey, deviceName, deviceSecret } = result.triple;
      // Compact and in this order: C SDKs cut the values out by hand.
      const fields = { productKey, deviceName, deviceSecret: deviceSecret.expose() };
      return { kind: 'granted', topic: '/ext/register', payload: JSON.stringify(fields) };
    }
    case 'token': {
      const { clientId, productKey, deviceName, deviceToken } = result.token;
      const fields = { clientId, productKey, deviceName, deviceToken: deviceToken.expose() };
      return { kind: 'granted', topic: '/ext/regnwl', payload: JSON.stringify(fields) };
    }
    case 'too_many':
      return refused(serverUnavailable);
    case 'malformed':
      return refused(identifierRejected);
    case 'stranger':
      return refused(badUserOrPassword);
    case 'refused':
      return refused(returnCodes[result.reason]);
  }
}

function refused(returnCode: 2 | 3 | 4): MqttRegistrationAnswer {
  return { kind: 'refused', returnCode };
}
