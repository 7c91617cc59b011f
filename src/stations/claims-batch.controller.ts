import { Body, Controller, HttpCode, Post, Query, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CallerParam } from '../access/access.guard.js';
import type { Caller } from '../access/principal.js';
import { lineRoles } from '../core/role.js';
import { BrokerAddress } from '../platform/broker-address.js';
import { idParam } from '../platform/http/id-param.js';
import { toProblem } from '../platform/http/problem.js';
import type { Problem } from '../platform/http/problem.js';
import { Roles } from '../platform/http/roles.js';
import type { BatchResult } from './claim-batch.js';
import {
  batchConfirmField,
  batchUnitField,
  mostInBatch,
  proofOf,
  slotUnitOf,
} from './claim-fields.js';
import { ClaimService } from './claim.service.js';
import { claimView, grantView } from './claim-view.js';
import type { ClaimView, GrantView } from './claim-view.js';
import { StationService } from './station.service.js';
import { stationQuery } from './station-query.js';

const requestId = z.string().min(1).max(255).optional();
const claimBatch = z.strictObject({
  orderId: idParam('ord'),
  units: z.array(batchUnitField).min(1).max(mostInBatch),
  whole: z.boolean().default(false),
  requestId,
});
const confirmBatch = z.strictObject({
  confirms: z.array(batchConfirmField).min(1).max(mostInBatch),
  requestId,
});
type StationQuery = z.infer<typeof stationQuery>;

/** The outcome of one entry, in the order of the entries. */
type Outcome<T> =
  | ({ readonly ok: true; readonly status: number } & T)
  | { readonly ok: false; readonly problem: Problem };

/** Claims of a whole jig or tray at once. */
@ApiBearerAuth()
@Roles(...lineRoles)
@Controller('api/v1/claims')
export class ClaimsBatchController {
  constructor(
    private readonly claims: ClaimService,
    private readonly stations: StationService,
    private readonly broker: BrokerAddress,
  ) {}

  @Post('batch')
  @HttpCode(200)
  @ApiOperation({ summary: 'Take the triples of up to 64 units; each has its own outcome' })
  async claim(
    @CallerParam() caller: Caller,
    @Query({ schema: stationQuery }) query: StationQuery,
    @Body({ schema: claimBatch }) body: z.infer<typeof claimBatch>,
    @Req() request: FastifyRequest,
  ): Promise<{ readonly results: readonly Outcome<GrantView>[] }> {
    const results = await this.claims.claimAll({
      actor: caller.actor,
      stationId: await this.stations.acting(caller, query.station),
      orderId: body.orderId,
      units: body.units.map(slotUnitOf),
      isWhole: body.whole,
    });
    const broker = this.broker.resolve(request.hostname);
    return {
      results: results.map((one) =>
        outcomeOf(request, one, (grant) => ({
          status: grant.isReissued ? 200 : 201,
          ...grantView(grant, broker),
        })),
      ),
    };
  }

  @Post('confirm/batch')
  @HttpCode(200)
  @ApiOperation({ summary: 'Confirm up to 64 claims; each has its own outcome' })
  async confirm(
    @CallerParam() caller: Caller,
    @Query({ schema: stationQuery }) query: StationQuery,
    @Body({ schema: confirmBatch }) body: z.infer<typeof confirmBatch>,
    @Req() request: FastifyRequest,
  ): Promise<{ readonly results: readonly Outcome<ClaimView>[] }> {
    const { actor } = caller;
    const stationId = await this.stations.acting(caller, query.station);
    const results = await this.claims.confirmAll(
      body.confirms.map((one) => ({
        actor,
        stationId,
        claimId: one.claimId,
        proof: proofOf(one),
        isVolatile: one.volatile,
      })),
    );
    return {
      results: results.map((one) =>
        outcomeOf(request, one, (row) => ({ status: 200, ...claimView(row) })),
      ),
    };
  }
}

function outcomeOf<T, V>(
  request: FastifyRequest,
  result: BatchResult<T>,
  view: (value: T) => V & { readonly status: number },
): Outcome<V> {
  if (result.ok) return { ok: true, ...view(result.value) };
  const [path = ''] = request.url.split('?');
  return { ok: false, problem: toProblem(result.error, path) };
}
