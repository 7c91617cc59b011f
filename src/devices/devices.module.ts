import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { ProductsModule } from '../products/products.module.js';
import { DeviceSecrets } from './device-secrets.js';
import { DeviceService } from './device.service.js';
import { DeviceStore } from './device.store.js';
import { DevicesController } from './devices.controller.js';
import { OrderKeysStore } from './order-keys.store.js';

@Module({
  imports: [AccessModule, ProductsModule],
  controllers: [DevicesController],
  providers: [DeviceSecrets, DeviceService, DeviceStore, OrderKeysStore],
  exports: [DeviceSecrets, DeviceService],
})
export class DevicesModule {}
