import { Controller, Get } from '@nestjs/common';
import { HealthService } from './health.service.js';

/** Tells balancers and supervisors how the service is. */
@Controller('health')
export class HealthController {
  constructor(private readonly health: HealthService) {}

  @Get('live')
  live(): { state: string } {
    return { state: 'live' };
  }

  @Get('ready')
  async ready(): Promise<{ state: string }> {
    await this.health.assertReady();
    return { state: 'ready' };
  }
}
