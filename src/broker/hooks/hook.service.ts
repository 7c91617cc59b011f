import { Injectable } from '@nestjs/common';
import { AliyunMqttRegistration } from '../../registration/protocols/aliyun-mqtt.js';
import { DeviceLoginService } from '../device-login.service.js';
import type { LoggedInDevice } from '../device-login.service.js';
import type { LoginRequest } from '../login-request.js';
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
  ) {}

  /**
   * Decides on a login; a first one activates the device. Undefined refuses.
   *
   * Shape: `address` is the best guess at where the device is; the front door of this copy knows it
   * when the connection came through there. A registration is refused: no broker can send its answer.
   */
  async logIn(login: LoginRequest, address: string): Promise<LoggedInDevice | undefined> {
    if (this.registration.wants(login.clientId)) return undefined;
    const verdict = await this.logins.logIn(login, this.arrivals.addressOf(login) ?? address);
    if (verdict.kind === 'refused') return undefined;
    this.known.add(verdict.device);
    return verdict.device;
  }
}
