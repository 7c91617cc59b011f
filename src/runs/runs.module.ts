import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { DialectsModule } from '../dialects/dialects.module.js';
import { OrdersModule } from '../orders/orders.module.js';
import { ProductsModule } from '../products/products.module.js';
import { StationsModule } from '../stations/stations.module.js';
import { RunEventStore } from './run-event.store.js';
import { RunEventsController } from './run-events.controller.js';
import { RunEventsService } from './run-events.service.js';
import { RunOrders } from './run-orders.js';
import { RunRecords } from './run-records.js';
import { RunService } from './run.service.js';
import { RunStore } from './run.store.js';
import { RunWorker } from './run-worker.js';
import { SlotStatsController } from './slot-stats.controller.js';
import { SlotStatsService } from './slot-stats.service.js';
import { SlotStatsStore } from './slot-stats.store.js';
import { RunsController } from './runs.controller.js';

@Module({
  imports: [
    AuditModule,
    AccessModule,
    DialectsModule,
    OrdersModule,
    ProductsModule,
    StationsModule,
  ],
  controllers: [RunsController, RunEventsController, SlotStatsController],
  providers: [
    RunEventStore,
    RunEventsService,
    RunOrders,
    RunRecords,
    RunService,
    RunStore,
    RunWorker,
    SlotStatsService,
    SlotStatsStore,
  ],
})
export class RunsModule {}
