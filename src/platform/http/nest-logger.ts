import type { LoggerService } from '@nestjs/common';
import type { Logger } from '../logger.js';

/** Lets Nest speak through our logger; its chatter about modules and routes is left out. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(): void {
    // Nest's start-up chatter says nothing an operator needs.
  }

  warn(message: unknown): void {
    this.logger.warn({ message: String(message) }, 'nest.warning');
  }

  error(message: unknown): void {
    const isError = message instanceof Error;
    this.logger.error(isError ? { err: message } : { message: String(message) }, 'nest.error');
  }
}
