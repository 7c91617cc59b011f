import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation } from '@nestjs/swagger';
import { z } from 'zod';
import { CallerParam } from '../access/access.guard.js';
import type { Caller } from '../access/principal.js';
import { publicId } from '../core/public-id.js';
import { lineReaders } from '../core/role.js';
import { idParam } from '../platform/http/id-param.js';
import { Roles } from '../platform/http/roles.js';
import { slotStreak } from '../stations/attention.js';
import { stationSeen } from '../stations/trace-station.js';
import { SlotStatsService } from './slot-stats.service.js';
import type { CountedSlot } from './slot-stats.service.js';

const dayMs = 24 * 3_600_000;
/** Units: days that figures may go back. */
const longestDays = 31;

const statsQuery = z.strictObject({
  since: z.iso
    .datetime({ offset: true })
    .transform((text) => new Date(text))
    .optional(),
});

/** Which slot of a jig is worn. */
@ApiBearerAuth()
@Roles(...lineReaders)
@Controller('api/v1/stations/:id/slots/stats')
export class SlotStatsController {
  constructor(private readonly stats: SlotStatsService) {}

  @Get()
  @ApiOperation({ summary: 'What each slot came to in runs, of the last day unless told' })
  async get(
    @CallerParam() caller: Caller,
    @Param('id', { schema: idParam('st') }) stationId: number,
    @Query({ schema: statsQuery }) query: z.infer<typeof statsQuery>,
  ): Promise<{
    readonly stationId: string;
    readonly since: string;
    readonly slots: readonly SlotView[];
  }> {
    stationSeen(caller, stationId);
    const asked = query.since?.getTime() ?? Date.now() - dayMs;
    const since = new Date(Math.max(asked, Date.now() - longestDays * dayMs));
    const slots = await this.stats.count(stationId, since);
    return {
      stationId: publicId('st', stationId),
      since: since.toISOString(),
      slots: slots.map(slotView),
    };
  }
}

type SlotView = ReturnType<typeof slotView>;

function slotView({ slot, stats }: CountedSlot) {
  const failuresInARow = stats?.failuresInARow ?? 0;
  return {
    slot,
    runs: stats?.runs ?? 0,
    passes: stats?.passes ?? 0,
    failures: (stats?.failures ?? []).map(({ reason, count }) => ({ reason, count })),
    failuresInARow,
    isSuspect: failuresInARow >= slotStreak,
    last: stats
      ? {
          runId: publicId('run', stats.lastRunId),
          at: stats.lastAt.toISOString(),
          outcome: stats.lastOutcome,
          reason: stats.lastReason,
        }
      : null,
  };
}
