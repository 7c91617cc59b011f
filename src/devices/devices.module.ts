import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { ProductsModule } from '../products/products.module.js';
import { DeviceLifeController } from './device-life.controller.js';
import { DeviceLifeService } from './device-life.service.js';
import { DeviceLifeStore } from './device-life.store.js';
import { DeviceSecrets } from './device-secrets.js';
import { DeviceService } from './device.service.js';
import { DeviceStore } from './device.store.js';
import { DevicesController } from './devices.controller.js';
import { GivenSecrets } from './given-secrets.js';
import { GivenSecretsStore } from './given-secrets.store.js';
import { OrderKeysStore } from './order-keys.store.js';
import { Presence } from './presence.js';
import { PresenceStore } from './presence.store.js';

@Module({
  imports: [AccessModule, AuditModule, ProductsModule],
  controllers: [DevicesController, DeviceLifeController],
  providers: [
    DeviceLifeService,
    DeviceLifeStore,
    DeviceSecrets,
    DeviceService,
    DeviceStore,
    GivenSecrets,
    GivenSecretsStore,
    OrderKeysStore,
    Presence,
    PresenceStore,
  ],
  exports: [DeviceSecrets, DeviceService, Presence],
})
export class DevicesModule {}
