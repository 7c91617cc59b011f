import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { DialectService } from './dialect.service.js';
import { DialectStore } from './dialect.store.js';
import { DialectsController } from './dialects.controller.js';

@Module({
  imports: [AuditModule, AccessModule],
  controllers: [DialectsController],
  providers: [DialectService, DialectStore],
  exports: [DialectService],
})
export class DialectsModule {}
