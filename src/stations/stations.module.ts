import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { DialectsModule } from '../dialects/dialects.module.js';
import { DevicesModule } from '../devices/devices.module.js';
import { ProductsModule } from '../products/products.module.js';
import { ClaimLeaseStore } from './claim-lease.store.js';
import { ClaimLeasing } from './claim-leasing.js';
import { ClaimMoveStore } from './claim-move.store.js';
import { ClaimMoving } from './claim-moving.js';
import { ClaimService } from './claim.service.js';
import { ClaimStore } from './claim.store.js';
import { ClaimsBatchController } from './claims-batch.controller.js';
import { ClaimsController } from './claims.controller.js';
import { CompatAllotController } from './compat-allot.controller.js';
import { CompatAllotService } from './compat-allot.service.js';
import { CompatAllotStore } from './compat-allot.store.js';
import { MeController } from './me.controller.js';
import { ShownCredentials } from './shown-credentials.js';
import { StationKeysController } from './station-keys.controller.js';
import { StationKeysService } from './station-keys.service.js';
import { StationService } from './station.service.js';
import { StationStore } from './station.store.js';
import { StationsController } from './stations.controller.js';
import { TranscriptService } from './transcript.service.js';
import { TranscriptStore } from './transcript.store.js';
import { TranscriptsController } from './transcripts.controller.js';

@Module({
  imports: [AuditModule, AccessModule, DialectsModule, ProductsModule, DevicesModule],
  controllers: [
    StationsController,
    StationKeysController,
    MeController,
    ClaimsController,
    ClaimsBatchController,
    CompatAllotController,
    TranscriptsController,
  ],
  providers: [
    ClaimLeaseStore,
    ClaimLeasing,
    ClaimMoveStore,
    ClaimMoving,
    ClaimService,
    ClaimStore,
    CompatAllotService,
    CompatAllotStore,
    ShownCredentials,
    StationKeysService,
    StationService,
    StationStore,
    TranscriptService,
    TranscriptStore,
  ],
  exports: [ClaimService, StationService],
})
export class StationsModule {}
