import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation } from '@nestjs/swagger';
import type { z } from 'zod';
import { CallerParam } from '../access/access.guard.js';
import { Roles } from '../platform/http/roles.js';
import { lineReaders } from '../core/role.js';
import type { Caller } from '../access/principal.js';
import { StationService } from './station.service.js';
import { stationQuery } from './station-query.js';
import { meView } from './station-view.js';
import type { MeView } from './station-view.js';

/** What a station asks about itself. */
@ApiBearerAuth()
@Controller('api/v1/me')
export class MeController {
  constructor(private readonly stations: StationService) {}

  @Get()
  @Roles(...lineReaders)
  @ApiOperation({ summary: 'Name, line, slots and open orders of the station that asks' })
  async me(
    @CallerParam() caller: Caller,
    @Query({ schema: stationQuery }) query: z.infer<typeof stationQuery>,
  ): Promise<MeView> {
    const id = await this.stations.seenBy(caller, query.station);
    const [row, orders] = await Promise.all([this.stations.get(id), this.stations.openOrders(id)]);
    return meView(row, orders, new Date());
  }
}
