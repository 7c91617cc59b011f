import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { TraceService } from './trace.service.js';
import { TraceStore } from './trace.store.js';
import { UnitsController } from './units.controller.js';

/** What is read about the work of stations: units, figures, what needs attention. */
@Module({
  imports: [AccessModule],
  controllers: [UnitsController],
  providers: [TraceService, TraceStore],
})
export class TraceModule {}
