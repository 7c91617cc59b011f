import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { AttentionController } from './attention.controller.js';
import { AttentionService } from './attention.service.js';
import { AttentionStore } from './attention.store.js';
import { StatsController } from './stats.controller.js';
import { StatsService } from './stats.service.js';
import { StatsStore } from './stats.store.js';
import { TraceService } from './trace.service.js';
import { TraceStore } from './trace.store.js';
import { UnitsController } from './units.controller.js';

/** What is read about the work of stations: units, figures, what needs attention. */
@Module({
  imports: [AccessModule],
  controllers: [UnitsController, AttentionController, StatsController],
  providers: [AttentionService, AttentionStore, StatsService, StatsStore, TraceService, TraceStore],
})
export class TraceModule {}
