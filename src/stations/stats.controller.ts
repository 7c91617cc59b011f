import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation } from '@nestjs/swagger';
import { z } from 'zod';
import { CallerParam } from '../access/access.guard.js';
import type { Caller } from '../access/principal.js';
import { lineReaders } from '../core/role.js';
import { idParam } from '../platform/http/id-param.js';
import { Roles } from '../platform/http/roles.js';
import { isTimeZone } from './stats-hours.js';
import { StatsService } from './stats.service.js';
import { statsView } from './stats-view.js';
import type { StatsView } from './stats-view.js';
import { stationSeen } from './trace-station.js';

const dayMs = 24 * 3_600_000;
/** Units: days that figures of more than one order may span. */
const longestDays = 31;

const instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
const timeQuery = z.strictObject({
  since: instant.optional(),
  until: instant.optional(),
  timeZone: z
    .string()
    .max(64)
    .refine(isTimeZone, 'a time zone such as Asia/Shanghai')
    .default('UTC'),
  stationId: idParam('st').optional(),
});
const lineQuery = timeQuery.extend({ productKey: z.string().min(1).max(64).optional() });

/** Figures of the line: yields, pace, failures. */
@ApiBearerAuth()
@Roles(...lineReaders)
@Controller('api/v1')
export class StatsController {
  constructor(private readonly stats: StatsService) {}

  @Get('orders/:id/stats')
  @ApiOperation({ summary: 'Yields, units per hour and failures of an order' })
  async ofOrder(
    @CallerParam() caller: Caller,
    @Param('id', { schema: idParam('ord') }) orderId: number,
    @Query({ schema: timeQuery }) query: z.infer<typeof timeQuery>,
  ): Promise<StatsView> {
    const stationId = stationSeen(caller, query.stationId);
    const [since, until] = [query.since ?? null, query.until ?? null];
    const counted = await this.stats.count({ orderId, stationId, since, until });
    return statsView(counted, { since, until, timeZone: query.timeZone });
  }

  @Get('stats')
  @ApiOperation({ summary: 'Yields, units per hour and failures, of the last day unless told' })
  async ofLine(
    @CallerParam() caller: Caller,
    @Query({ schema: lineQuery }) query: z.infer<typeof lineQuery>,
  ): Promise<StatsView> {
    const stationId = stationSeen(caller, query.stationId);
    const { productKey, timeZone } = query;
    const until = query.until ?? null;
    const end = (until ?? new Date()).getTime();
    // To the minute, so that those who ask at the same time ask for the same.
    const dayBefore = new Date(Math.floor((end - dayMs) / 60_000) * 60_000);
    const asked = query.since ?? dayBefore;
    const since = new Date(Math.max(asked.getTime(), end - longestDays * dayMs));
    const counted = await this.stats.count({ productKey, stationId, since, until });
    return statsView(counted, { since, until, timeZone });
  }
}
