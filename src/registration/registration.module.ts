import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { DevicesModule } from '../devices/devices.module.js';
import { OrdersModule } from '../orders/orders.module.js';
import { ProductsModule } from '../products/products.module.js';
import { AliyunHttpsController } from './protocols/aliyun-https.controller.js';
import { AliyunMqttRegistration } from './protocols/aliyun-mqtt.js';
import { AttemptLimits } from './attempt-limits.js';
import { OpenRegistrationService } from './open-registration.service.js';
import { OpenRegistrationStore } from './open-registration.store.js';
import { RefusalCache } from './refusal-cache.js';
import { RefusalGate } from './refusal-gate.js';
import { RegistrationBatches } from './registration-batches.js';
import { RegistrationService } from './registration.service.js';
import { RegistrationStore } from './registration.store.js';

@Module({
  imports: [AuditModule, ProductsModule, DevicesModule, OrdersModule],
  controllers: [AliyunHttpsController],
  providers: [
    AttemptLimits,
    RefusalCache,
    RefusalGate,
    RegistrationBatches,
    RegistrationService,
    RegistrationStore,
    OpenRegistrationService,
    OpenRegistrationStore,
    AliyunMqttRegistration,
  ],
  exports: [AliyunMqttRegistration],
})
export class RegistrationModule {}
