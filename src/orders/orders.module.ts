import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { DevicesModule } from '../devices/devices.module.js';
import { ProductsModule } from '../products/products.module.js';
import { ExportJournal } from './export-journal.js';
import { ExportService } from './export.service.js';
import { ExportStore } from './export.store.js';
import { ExportsController } from './exports.controller.js';
import { ImportsController } from './imports.controller.js';
import { MintingChunkStore } from './minting-chunk.store.js';
import { MintingJob } from './minting.job.js';
import { MintingStore } from './minting.store.js';
import { NamesStore } from './names.store.js';
import { OrderLifeController } from './order-life.controller.js';
import { OrderLifeService } from './order-life.service.js';
import { OrderLifeStore } from './order-life.store.js';
import { OrderListCleanupJob } from './order-list-cleanup.job.js';
import { OrderListCleanupStore } from './order-list-cleanup.store.js';
import { OrderListController } from './order-list.controller.js';
import { OrderListErrorsService } from './order-list-errors.service.js';
import { OrderListPlacing } from './order-list-placing.js';
import { OrderListService } from './order-list.service.js';
import { OrderListStore } from './order-list.store.js';
import { OrderService } from './order.service.js';
import { OrderExportStore } from './order-export.store.js';
import { OrderStore } from './order.store.js';
import { OrdersController } from './orders.controller.js';
import { StandingOrderController } from './standing-order.controller.js';
import { StandingOrderService } from './standing-order.service.js';
import { StandingOrderStore } from './standing-order.store.js';

@Module({
  imports: [AuditModule, AccessModule, ProductsModule, DevicesModule],
  controllers: [
    OrdersController,
    OrderListController,
    ImportsController,
    ExportsController,
    OrderLifeController,
    StandingOrderController,
  ],
  providers: [
    ExportJournal,
    ExportService,
    ExportStore,
    MintingJob,
    MintingChunkStore,
    MintingStore,
    NamesStore,
    OrderListCleanupJob,
    OrderListCleanupStore,
    OrderListErrorsService,
    OrderListPlacing,
    OrderListService,
    OrderListStore,
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
