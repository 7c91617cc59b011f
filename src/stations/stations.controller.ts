import { Body, Controller, Get, Param, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation } from '@nestjs/swagger';
import { z } from 'zod';
import { CallerParam } from '../access/access.guard.js';
import { Roles } from '../platform/http/roles.js';
import { engineers, readers } from '../core/role.js';
import type { Caller } from '../access/principal.js';
import { showOnce } from '../platform/idempotency/shown-secrets.js';
import { idParam } from '../platform/http/id-param.js';
import { pageQuery, toPage } from '../platform/http/paging.js';
import type { Page } from '../platform/http/paging.js';
import { StationService } from './station.service.js';
import { stationView } from './station-view.js';
import type { StationView } from './station-view.js';
import { textField } from '../platform/http/text-field.js';

const createBody = z.strictObject({ name: textField(100), line: textField(100).optional() });
const changeBody = z.strictObject({
  name: textField(100).optional(),
  line: textField(100).nullable().optional(),
  disabled: z.boolean().optional(),
});
const slotsBody = z
  .array(
    z.strictObject({
      slot: z.number().int().min(1).max(999),
      port: z.string().min(1).max(200),
      dialect: z.string().max(64).optional(),
    }),
  )
  .max(64);

/** Stations for those who look after the line. */
@ApiBearerAuth()
@Roles(...engineers)
@Controller('api/v1/stations')
export class StationsController {
  constructor(private readonly stations: StationService) {}

  @Post()
  @ApiOperation({ summary: 'Enrol a station; its key is shown here, once' })
  async create(
    @CallerParam() caller: Caller,
    @Body({ schema: createBody }) body: z.infer<typeof createBody>,
  ): Promise<StationView & { key: string }> {
    const station = { name: body.name, line: body.line ?? null };
    const { row, key } = await this.stations.create(caller.actor, station);
    return { ...stationView(row), key: showOnce(key) };
  }

  @Get()
  @Roles(...readers)
  @ApiOperation({ summary: 'List stations' })
  async list(
    @Query({ schema: pageQuery }) query: z.infer<typeof pageQuery>,
  ): Promise<Page<StationView>> {
    const rows = await this.stations.list(Number(query.cursor ?? 0), query.limit + 1);
    return toPage(rows, query.limit, (row) => row.id, stationView);
  }

  @Get(':id')
  @Roles(...readers)
  @ApiOperation({ summary: 'Show a station' })
  async get(@Param('id', { schema: idParam('st') }) id: number): Promise<StationView> {
    return stationView(await this.stations.get(id));
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Rename a station, or take it out of service and back' })
  async change(
    @CallerParam() caller: Caller,
    @Param('id', { schema: idParam('st') }) id: number,
    @Body({ schema: changeBody }) { disabled, ...change }: z.infer<typeof changeBody>,
  ): Promise<StationView> {
    const row = await this.stations.change(caller.actor, id, { ...change, isDisabled: disabled });
    return stationView(row);
  }

  @Put(':id/slots')
  @ApiOperation({ summary: 'Replace the slots of a station' })
  async setSlots(
    @CallerParam() caller: Caller,
    @Param('id', { schema: idParam('st') }) id: number,
    @Body({ schema: slotsBody }) body: z.infer<typeof slotsBody>,
  ): Promise<StationView> {
    const slots = body.map(({ slot, port, dialect }) => ({ slot, port, dialect: dialect ?? null }));
    return stationView(await this.stations.setSlots(caller.actor, id, slots));
  }
}
