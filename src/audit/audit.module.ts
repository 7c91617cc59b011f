import { Module } from '@nestjs/common';
import { AuditReaderStore } from './audit-reader.store.js';
import { AuditSealer } from './audit-sealer.js';
import { AuditController } from './audit.controller.js';
import { AuditService } from './audit.service.js';
import { AuditStore } from './audit.store.js';
import { RefusalCounter } from './refusal-counter.js';
import { SealStore } from './seal.store.js';
import { StrangerCounter } from './stranger-counter.js';

const writers = [AuditStore, RefusalCounter, StrangerCounter];

@Module({
  controllers: [AuditController],
  providers: [AuditService, AuditReaderStore, SealStore, AuditSealer, ...writers],
  exports: writers,
})
export class AuditModule {}
