import { Injectable } from '@nestjs/common';
import { DomainError } from '../../core/errors.js';
import { Database } from '../database/database.js';

/** Knows whether this service can do its work. */
@Injectable()
export class HealthService {
  #isStopping = false;

  constructor(private readonly database: Database) {}

  /** Takes the service out of balancing before it stops. */
  markStopping(): void {
    this.#isStopping = true;
  }

  /** Errors: `service.stopping`, `database.away`. */
  async assertReady(): Promise<void> {
    if (this.#isStopping) throw new DomainError('service.stopping', '');
    await this.database.ping();
  }
}
