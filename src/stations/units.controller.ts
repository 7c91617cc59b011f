import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation } from '@nestjs/swagger';
import { z } from 'zod';
import { CallerParam } from '../access/access.guard.js';
import type { Caller } from '../access/principal.js';
import { lineReaders } from '../core/role.js';
import { pageQuery } from '../platform/http/paging.js';
import { Roles } from '../platform/http/roles.js';
import { lookup, lookupKinds, lookupsOf } from './trace-lookup.js';
import type { Lookup } from './trace-lookup.js';
import { TraceService } from './trace.service.js';
import type { TraceCursor } from './trace.service.js';
import { tracePageView } from './trace-view.js';
import type { TracePageView } from './trace-view.js';

const cursor = z
  .string()
  .max(40)
  .transform((text, context): TraceCursor => {
    const [, name, key] = /^(\w+)\.(\d{1,15})$/.exec(text) ?? [];
    const kind = lookupKinds.find((one) => one === name);
    if (kind) return { kind, key: Number(key) };
    context.addIssue({ code: 'custom', message: 'a cursor as nextCursor gave it' });
    return z.NEVER;
  });
const tracePage = pageQuery.extend({ cursor: cursor.optional() });
const value = z.string().min(1).max(200).optional();
const unitQuery = tracePage
  .extend({
    imei: value,
    sn: value,
    mac: value,
    iccid: value,
    deviceName: value,
    claimId: value,
    productKey: value,
  })
  .refine(
    (query) => lookupKinds.filter((kind) => query[kind] !== undefined).length === 1,
    'name one of imei, sn, mac, iccid, deviceName, claimId',
  );

/** Units: who wrote them, where, when, for which order, and every attempt. */
@ApiBearerAuth()
@Roles(...lineReaders)
@Controller('api/v1/units')
export class UnitsController {
  constructor(private readonly traces: TraceService) {}

  @Get()
  @ApiOperation({ summary: 'Trace units by one of their numbers, their deviceName or a claim' })
  async list(
    @CallerParam() caller: Caller,
    @Query({ schema: unitQuery }) query: z.infer<typeof unitQuery>,
  ): Promise<TracePageView> {
    const lookups = lookupKinds.flatMap((kind) => {
      const text = query[kind];
      return text === undefined ? [] : [lookup(kind, text, query.productKey)];
    });
    return await this.#find(caller, lookups, query);
  }

  @Get(':identity')
  @ApiOperation({ summary: 'Trace a unit: imei:…, sn:…, mac:…, iccid:…, deviceName:… or bare' })
  async get(
    @CallerParam() caller: Caller,
    @Param('identity') identity: string,
    @Query({ schema: tracePage }) query: z.infer<typeof tracePage>,
  ): Promise<TracePageView> {
    return await this.#find(caller, lookupsOf(identity), query);
  }

  async #find(
    { principal }: Caller,
    lookups: readonly Lookup[],
    query: z.infer<typeof tracePage>,
  ): Promise<TracePageView> {
    const { limit } = query;
    const { stationId } = principal;
    return tracePageView(
      await this.traces.find({ lookups, cursor: query.cursor, limit, stationId }),
    );
  }
}
