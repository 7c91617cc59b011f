import { Module } from '@nestjs/common';
import { AuditReaderStore } from './audit-reader.store.js';
import { AuditController } from './audit.controller.js';
import { AuditService } from './audit.service.js';
import { AuditStore } from './audit.store.js';
import { RefusalCounter } from './refusal-counter.js';
import { StrangerCounter } from './stranger-counter.js';

const writers = [AuditStore, RefusalCounter, StrangerCounter];

@Module({
  controllers: [AuditController],
  providers: [AuditService, AuditReaderStore, ...writers],
  exports: writers,
})
export class AuditModule {}
