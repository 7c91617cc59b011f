import { Body, Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CallerParam } from '../access/access.guard.js';
import { Roles } from '../platform/http/roles.js';
import { lineReaders, lineRoles } from '../core/role.js';
import type { Caller } from '../access/principal.js';
import { jigModes } from '../jig/batch.js';
import { publicId } from '../core/public-id.js';
import { idParam } from '../platform/http/id-param.js';
import { pageQuery, toPage } from '../platform/http/paging.js';
import type { Page } from '../platform/http/paging.js';
import { StationService } from '../stations/station.service.js';
import { stationQuery } from '../stations/station-query.js';
import { stationSeen } from '../stations/trace-station.js';
import type { Run, RunHead } from './run.js';
import { RunService } from './run.service.js';

const mostRetries = 3;
const slotField = z.number().int().min(1).max(999);
const number = z.string().max(100).optional();
const scannedField = z.strictObject({ slot: slotField, imei: number, sn: number, mac: number });
const startBody = z
  .strictObject({
    orderId: idParam('ord'),
    slots: z.array(slotField).min(1).max(64).optional(),
    units: z.array(scannedField).min(1).max(64).optional(),
    mode: z.enum(jigModes).default('parallel'),
    retries: z.number().int().min(0).max(mostRetries).default(0),
  })
  .refine(({ slots, units }) => units?.every(({ slot }) => slots?.includes(slot) ?? true) ?? true, {
    path: ['units'],
    message: 'for slots that are asked for',
  });
const listQuery = pageQuery.extend(stationQuery.shape);

/** Runs of the jig that is wired to the service. */
@ApiBearerAuth()
@Roles(...lineRoles)
@Controller('api/v1/runs')
export class RunsController {
  constructor(
    private readonly runs: RunService,
    private readonly stations: StationService,
  ) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({ summary: 'Close the jig: work on all slots, or on those that are named' })
  async start(
    @CallerParam() caller: Caller,
    @Req() request: FastifyRequest,
    @Query({ schema: stationQuery }) query: z.infer<typeof stationQuery>,
    @Body({ schema: startBody }) body: z.infer<typeof startBody>,
  ): Promise<RunView> {
    const stationId = await this.stations.acting(caller, query.station);
    const { actor } = caller;
    const host = request.hostname;
    const { slots, units, ...rest } = body;
    return runView(await this.runs.start({ ...rest, actor, stationId, host, slots, units }));
  }

  @Get()
  @Roles(...lineReaders)
  @ApiOperation({ summary: 'List runs, newest first; a station sees its own' })
  async list(
    @CallerParam() caller: Caller,
    @Query({ schema: listQuery }) { station, cursor, limit }: z.infer<typeof listQuery>,
  ): Promise<Page<RunHeadView>> {
    const before = Number(cursor ?? Number.MAX_SAFE_INTEGER);
    const runs = await this.runs.list(before, limit + 1, stationSeen(caller, station));
    return toPage(runs, limit, ({ id }) => id, runHeadView);
  }

  @Get(':id')
  @Roles(...lineReaders)
  @ApiOperation({ summary: 'Show a run and its slots' })
  async get(
    @CallerParam() caller: Caller,
    @Param('id', { schema: idParam('run') }) id: number,
  ): Promise<RunView> {
    return runView(await this.runs.get(id, caller.principal.stationId));
  }

  @Post(':id/abort')
  @HttpCode(200)
  @ApiOperation({ summary: 'End a run at the next border between two steps; claims stay leased' })
  async abort(
    @CallerParam() caller: Caller,
    @Param('id', { schema: idParam('run') }) id: number,
  ): Promise<RunView> {
    return runView(await this.runs.abort(id, caller.principal.stationId));
  }
}

type RunHeadView = ReturnType<typeof runHeadView>;
type RunView = ReturnType<typeof runView>;

function runHeadView(run: RunHead) {
  return {
    runId: publicId('run', run.id),
    stationId: publicId('st', run.stationId),
    orderId: publicId('ord', run.orderId),
    state: run.state,
    startedAt: run.startedAt.toISOString(),
    abortAskedAt: run.abortAskedAt?.toISOString() ?? null,
    endedAt: run.endedAt?.toISOString() ?? null,
  };
}

/** What operators see of a run; never a secret. */
function runView(run: Run) {
  return {
    ...runHeadView(run),
    slots: run.slots.map((slot) => ({
      slot: slot.slot,
      port: slot.port,
      dialect: slot.dialect,
      phase: slot.outcome === null ? slot.phase : null,
      outcome: slot.outcome,
      reason: slot.reason,
      detail: slot.detail,
      unit: slot.unit,
      deviceName: slot.deviceName,
      claimId: slot.claimId === null ? null : publicId('clm', slot.claimId),
      isVolatile: slot.isVolatile,
      tries: slot.tries,
      durationMs: slot.durationMs,
      transcript: slot.transcript,
    })),
  };
}
