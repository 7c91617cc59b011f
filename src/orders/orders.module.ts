import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { DevicesModule } from '../devices/devices.module.js';
import { ProductsModule } from '../products/products.module.js';
import { ExportJournal } from './export-journal.js';
import { ExportService } from './export.service.js';
import { ExportStore } from './export.store.js';
import { ExportsController } from './exports.controller.js';
import { MintingJob } from './minting.job.js';
import { MintingStore } from './minting.store.js';
import { OrderLifeController } from './order-life.controller.js';
import { OrderLifeService } from './order-life.service.js';
import { OrderLifeStore } from './order-life.store.js';
import { OrderService } from './order.service.js';
import { OrderExportStore } from './order-export.store.js';
import { OrderStore } from './order.store.js';
import { OrdersController } from './orders.controller.js';
import { StandingOrderController } from './standing-order.controller.js';
import { StandingOrderService } from './standing-order.service.js';
import { StandingOrderStore } from './standing-order.store.js';

@Module({
  imports: [AuditModule, AccessModule, ProductsModule, DevicesModule],
  controllers: [OrdersController, ExportsController, OrderLifeController, StandingOrderController],
  providers: [
    ExportJournal,
    ExportService,
    ExportStore,
    MintingJob,
    MintingStore,
    OrderLifeService,
    OrderLifeStore,
    OrderExportStore,
    OrderService,
    OrderStore,
    StandingOrderService,
    StandingOrderStore,
  ],
  exports: [OrderService, StandingOrderService],
})
export class OrdersModule {}
