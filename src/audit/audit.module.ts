import { Module } from '@nestjs/common';
import { AuditStore } from './audit.store.js';
import { StrangerCounter } from './stranger-counter.js';

@Module({ providers: [AuditStore, StrangerCounter], exports: [AuditStore, StrangerCounter] })
export class AuditModule {}
