import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { DevicesModule } from '../devices/devices.module.js';
import { ProductsModule } from '../products/products.module.js';
import { AliyunHttpsController } from './protocols/aliyun-https.controller.js';
import { AliyunMqttRegistration } from './protocols/aliyun-mqtt.js';
import { RegistrationService } from './registration.service.js';
import { RegistrationStore } from './registration.store.js';

@Module({
  imports: [AuditModule, ProductsModule, DevicesModule],
  controllers: [AliyunHttpsController],
  providers: [RegistrationService, RegistrationStore, AliyunMqttRegistration],
  exports: [AliyunMqttRegistration],
})
export class RegistrationModule {}
