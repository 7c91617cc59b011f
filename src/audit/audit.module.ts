import { Module } from '@nestjs/common';
import { AuditStore } from './audit.store.js';
import { RefusalCounter } from './refusal-counter.js';
import { StrangerCounter } from './stranger-counter.js';

const parts = [AuditStore, RefusalCounter, StrangerCounter];

@Module({ providers: parts, exports: parts })
export class AuditModule {}
