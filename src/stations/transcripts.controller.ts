import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation } from '@nestjs/swagger';
import { z } from 'zod';
import { CallerParam } from '../access/access.guard.js';
import type { Caller } from '../access/principal.js';
import { publicId } from '../core/public-id.js';
import { lineReaders, lineRoles } from '../core/role.js';
import { idParam } from '../platform/http/id-param.js';
import { Roles } from '../platform/http/roles.js';
import { StationService } from './station.service.js';
import { stationQuery } from './station-query.js';
import { stationSeen } from './trace-station.js';
import { TranscriptService } from './transcript.service.js';
import type { Transcript } from './transcript.js';

const mostLines = 500;
/** Units: characters of all lines together. */
const mostCharacters = 65_536;

const attempt = z.number().int().min(1).max(1_000_000);
const line = z.strictObject({
  atMs: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
  direction: z.enum(['sent', 'received', 'note']),
  text: z.string().max(mostCharacters),
});
const keepBody = z.strictObject({
  attempt,
  lines: z
    .array(line)
    .min(1)
    .max(mostLines)
    .refine(
      (lines) => lines.reduce((sum, { text }) => sum + text.length, 0) <= mostCharacters,
      `at most ${mostCharacters} characters in all lines`,
    ),
});
const findQuery = z.strictObject({ attempt: z.coerce.number().pipe(attempt).optional() });
const claimId = idParam('clm');

/** What was said with units by benches that are not wired to the service. */
@ApiBearerAuth()
@Controller('api/v1/claims/:id/transcript')
export class TranscriptsController {
  constructor(
    private readonly transcripts: TranscriptService,
    private readonly stations: StationService,
  ) {}

  @Post()
  @HttpCode(204)
  @Roles(...lineRoles)
  @ApiOperation({ summary: 'Keep what was said with a unit in an attempt, secrets masked' })
  async keep(
    @CallerParam() caller: Caller,
    @Query({ schema: stationQuery }) query: z.infer<typeof stationQuery>,
    @Param('id', { schema: claimId }) id: number,
    @Body({ schema: keepBody }) body: z.infer<typeof keepBody>,
  ): Promise<void> {
    const stationId = await this.stations.acting(caller, query.station);
    await this.transcripts.keep({ claimId: id, stationId, ...body });
  }

  @Get()
  @Roles(...lineReaders)
  @ApiOperation({ summary: 'Show what was said with a unit, the latest attempt first' })
  async find(
    @CallerParam() caller: Caller,
    @Param('id', { schema: claimId }) id: number,
    @Query({ schema: findQuery }) query: z.infer<typeof findQuery>,
  ): Promise<{ readonly items: readonly TranscriptView[] }> {
    const stationId = stationSeen(caller, undefined);
    const found = await this.transcripts.find(id, query.attempt, stationId);
    return { items: found.map(transcriptView) };
  }
}

type TranscriptView = ReturnType<typeof transcriptView>;

function transcriptView(one: Transcript) {
  return {
    claimId: publicId('clm', one.claimId),
    attempt: one.attempt,
    stationId: publicId('st', one.stationId),
    keptAt: one.keptAt.toISOString(),
    lines: one.lines.map(({ atMs, direction, text }) => ({ atMs, direction, text })),
  };
}
