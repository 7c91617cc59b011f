import { Module } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { DevicesModule } from '../devices/devices.module.js';
import { Listeners } from '../platform/listeners/listeners.js';
import { LOGGER } from '../platform/logger.js';
import type { Logger } from '../platform/logger.js';
import { ProductsModule } from '../products/products.module.js';
import { AliyunMqttRegistration } from '../registration/protocols/aliyun-mqtt.js';
import { RegistrationModule } from '../registration/registration.module.js';
import { CutOff } from './cut-off.js';
import { CutOffStore } from './cut-off.store.js';
import { DeviceLoginService } from './device-login.service.js';
import { DeviceLoginStore } from './device-login.store.js';
import { DOWNLINK } from './downlink.js';
import type { Downlink } from './downlink.js';
import { DownlinkRelay } from './downlink-relay.js';
import { DownlinkController } from './downlink.controller.js';
import { DownlinkService } from './downlink.service.js';
import { DownlinkStore } from './downlink.store.js';
import { EmbeddedBroker } from './embedded-broker.js';
import { FrontDoor } from './front-door.js';
import { Arrivals } from './hooks/arrivals.js';
import { EmqxController } from './hooks/emqx.controller.js';
import { HookService } from './hooks/hook.service.js';
import { KnownDevices } from './hooks/known-devices.js';
import { RabbitmqRights } from './hooks/rabbitmq-rights.js';
import { RabbitmqController } from './hooks/rabbitmq.controller.js';
import { NewestConnection } from './newest-connection.js';
import { OutsideBroker } from './outside-broker.js';
import { OutsideDownlink } from './outside-downlink.js';
import { SecretLoginService } from './secret-login.service.js';
import { TokenLoginService } from './token-login.service.js';
import { TokenLoginStore } from './token-login.store.js';
import { TopicRights } from './topic-rights.js';

/** The first byte of an MQTT connection. Source: MQTT 3.1.1, 3.1.1: the CONNECT packet. */
const mqttConnect = 0x10;

/** MQTT of devices: front door, logins, and the broker inside the service. */
@Module({
  imports: [AuditModule, ProductsModule, DevicesModule, RegistrationModule],
  controllers: [DownlinkController, EmqxController, RabbitmqController],
  providers: [
    Arrivals,
    CutOff,
    CutOffStore,
    DeviceLoginService,
    DeviceLoginStore,
    DownlinkRelay,
    DownlinkService,
    DownlinkStore,
    EmbeddedBroker,
    HookService,
    KnownDevices,
    NewestConnection,
    OutsideBroker,
    OutsideDownlink,
    RabbitmqRights,
    SecretLoginService,
    TokenLoginService,
    TokenLoginStore,
    TopicRights,
    {
      provide: DOWNLINK,
      inject: [EmbeddedBroker, OutsideBroker, OutsideDownlink],
      useFactory: wayDown,
    },
    {
      provide: FrontDoor,
      inject: [
        AliyunMqttRegistration,
        DeviceLoginService,
        EmbeddedBroker,
        OutsideBroker,
        NewestConnection,
        LOGGER,
      ],
      useFactory: (
        registration: AliyunMqttRegistration,
        logins: DeviceLoginService,
        embedded: EmbeddedBroker,
        outside: OutsideBroker,
        newest: NewestConnection,
        log: Logger,
      ) => {
        const broker = announcing(embedded, newest);
        return new FrontDoor({ registration, logins, broker, outside, log });
      },
    },
  ],
})
export class BrokerModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly listeners: Listeners,
    private readonly frontDoor: FrontDoor,
    private readonly broker: EmbeddedBroker,
    private readonly outside: OutsideBroker,
    private readonly outsideDownlink: OutsideDownlink,
  ) {}

  onApplicationBootstrap(): void {
    this.listeners.onFirstByte(mqttConnect, (stream, context, settled) => {
      this.frontDoor.accept(stream, context, settled);
    });
    // Sockets are closed only after this, so an answer that was promised still goes out.
    this.listeners.onStop(() => this.#stop());
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#stop();
  }

  async #stop(): Promise<void> {
    await this.frontDoor.stop();
    await this.outsideDownlink.stop();
    await Promise.all([this.broker.stop(), this.outside.stop()]);
  }
}

/** Lets other copies of the service know of each connection that the embedded broker takes. */
function announcing(
  broker: EmbeddedBroker,
  newest: NewestConnection,
): Pick<EmbeddedBroker, 'take'> {
  return {
    take: (stream, device, address) => {
      const end = (): void => {
        stream.destroy();
      };
      stream.once('close', newest.announce(device, end));
      broker.take(stream, device, address);
    },
  };
}

/** A way of its own, not the broker itself: Nest would call the hooks of the broker once more. */
function wayDown(
  embedded: EmbeddedBroker,
  outside: OutsideBroker,
  byAccount: OutsideDownlink,
): Downlink {
  const way: Downlink = outside.isSet ? byAccount : embedded;
  return {
    reaches: (device) => way.reaches(device),
    publish: (device, message) => way.publish(device, message),
  };
}
