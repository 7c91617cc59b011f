import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AuditModule } from '../audit/audit.module.js';
import { AccessGuard } from './access.guard.js';
import { AccessService } from './access.service.js';
import { ApiKeyStore } from './api-key.store.js';
import { FirstAdmin } from './first-admin.js';
import { KeyService } from './key.service.js';
import { KeyUse } from './key-use.js';
import { KeyedRequests } from './keyed-requests.js';
import { KeysController } from './keys.controller.js';

@Module({
  imports: [AuditModule],
  controllers: [KeysController],
  providers: [
    AccessService,
    ApiKeyStore,
    FirstAdmin,
    KeyService,
    KeyUse,
    KeyedRequests,
    { provide: APP_GUARD, useClass: AccessGuard },
  ],
  exports: [FirstAdmin, KeyService, KeyedRequests],
})
export class AccessModule {}
