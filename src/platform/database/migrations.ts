import type { MigrationInterface } from 'typeorm';
import { MasterKey1763800000001 } from './migrations/0001-master-key.js';

/** Every migration, oldest first; a new one is added at the end. */
export const migrations: readonly (new () => MigrationInterface)[] = [MasterKey1763800000001];
