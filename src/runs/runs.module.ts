import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { OrdersModule } from '../orders/orders.module.js';
import { StationsModule } from '../stations/stations.module.js';
import { RunService } from './run.service.js';
import { RunStore } from './run.store.js';
import { RunsController } from './runs.controller.js';

@Module({
  imports: [AuditModule, AccessModule, OrdersModule, StationsModule],
  controllers: [RunsController],
  providers: [RunService, RunStore],
})
export class RunsModule {}
