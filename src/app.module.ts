import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { AccessModule } from './access/access.module.js';
import { AuditModule } from './audit/audit.module.js';
import { BrokerModule } from './broker/broker.module.js';
import { DialectsModule } from './dialects/dialects.module.js';
import { DevicesModule } from './devices/devices.module.js';
import { OrdersModule } from './orders/orders.module.js';
import { PlatformModule } from './platform/platform.module.js';
import type { Platform } from './platform/platform.js';
import { ProductsModule } from './products/products.module.js';
import { RegistrationModule } from './registration/registration.module.js';
import { RunsModule } from './runs/runs.module.js';
import { StationsModule } from './stations/stations.module.js';
import { TraceModule } from './stations/trace.module.js';

/** The whole service, floor by floor. */
@Module({})
export class AppModule {
  static of(platform: Platform): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PlatformModule.of(platform),
        AuditModule,
        AccessModule,
        DialectsModule,
        ProductsModule,
        DevicesModule,
        OrdersModule,
        RegistrationModule,
        StationsModule,
        TraceModule,
        RunsModule,
        BrokerModule,
      ],
    };
  }
}
