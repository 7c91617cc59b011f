import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { BROKER_URL, BrokerAddress } from './broker-address.js';
import { Database } from './database/database.js';
import { HealthController } from './health/health.controller.js';
import { HealthService } from './health/health.service.js';
import { ErrorEdges } from './http/error-edges.js';
import { ProblemFilter } from './http/problem.filter.js';
import { ExpiredRequestsJob } from './idempotency/expired-requests.job.js';
import { Idempotency } from './idempotency/idempotency.service.js';
import { IdempotencyStore } from './idempotency/idempotency.store.js';
import { SecretSources } from './idempotency/shown-secrets.js';
import { JobRunner } from './jobs/job-runner.js';
import { KeyRing } from './keys/key-ring.js';
import { KeyWatch } from './keys/key-watch.js';
import { AddressLimit } from './limits/address-limit.js';
import { KeyLimit } from './limits/key-limit.js';
import { LineSettings } from './line-settings.js';
import { Listeners } from './listeners/listeners.js';
import { LOGGER } from './logger.js';
import type { Platform } from './platform.js';
import { DATABASE_URL, Signals } from './signals/signals.js';

/** Gives every capability the opened ground floor. */
@Module({})
export class PlatformModule {
  static of(platform: Platform): DynamicModule {
    const shared = [
      { provide: LOGGER, useValue: platform.log },
      { provide: DataSource, useValue: platform.dataSource },
      { provide: DATABASE_URL, useValue: platform.databaseUrl },
      { provide: BROKER_URL, useValue: platform.env.brokerUrl },
      { provide: KeyRing, useValue: platform.ring },
      { provide: Listeners, useValue: platform.listeners },
      { provide: AddressLimit, useValue: new AddressLimit(platform.env.addressLimit) },
      { provide: KeyLimit, useValue: new KeyLimit(platform.env.keyLimit) },
      {
        provide: LineSettings,
        useValue: new LineSettings(platform.env.leaseSeconds, platform.env.blankImeis),
      },
      BrokerAddress,
      Database,
      ErrorEdges,
      HealthService,
      Idempotency,
      IdempotencyStore,
      JobRunner,
      SecretSources,
      Signals,
    ];
    return {
      module: PlatformModule,
      global: true,
      controllers: [HealthController],
      providers: [
        ...shared,
        ExpiredRequestsJob,
        KeyWatch,
        { provide: APP_FILTER, useClass: ProblemFilter },
      ],
      exports: shared,
    };
  }
}
