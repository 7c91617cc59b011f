import { Injectable } from '@nestjs/common';
import { AliyunMqttRegistration } from '../../registration/protocols/aliyun-mqtt.js';
import { DeviceLoginService } from '../device-login.service.js';
import type { LoggedInDevice } from '../device-login.service.js';
import type { LoginRequest } from '../login-request.js';
import { OutsideBroker } from '../outside-broker.js';
import { Arrivals } from './arrivals.js';
import { KnownDevices } from './known-devices.js';

/** Decides on the logins that a site's own broker asks about. */
@Injectable()
export class HookService {
  constructor(
    private readonly registration: AliyunMqttRegistration,
    private readonly logins: DeviceLoginService,
    private readonly arrivals: Arrivals,
    private readonly known: KnownDevices,
    private readonly outside: OutsideBroker,
  ) {}

  /**
   * Decides on a login; a first one activates the device. Undefined refuses.
   *
   * Shape: `peer` is from where the broker got the connection, '' when it does not say. Behind our
   * front door that is ourselves: then the address is known if this copy of the service has piped it,
   * and the attempt was counted there. A registration is refused: no broker can send its answer.
   */
  async logIn(login: LoginRequest, peer: string): Promise<LoggedInDevice | undefined> {
    if (this.registration.wants(login.clientId)) return undefined;
    const known = this.arrivals.addressOf(login);
    const address = known ?? (this.outside.isSet ? '' : peer);
    const verdict = await this.logins.logIn(login, address, known !== undefined);
    if (verdict.kind === 'refused') return undefined;
    this.known.add(verdict.device);
    return verdict.device;
  }
}
