import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CallerParam } from '../access/access.guard.js';
import { Roles } from '../platform/http/roles.js';
import { lineReaders, lineRoles } from '../core/role.js';
import type { Caller } from '../access/principal.js';
import { BrokerAddress } from '../platform/broker-address.js';
import { idParam } from '../platform/http/id-param.js';
import { confirmBody, proofOf, slotField, unitField } from './claim-fields.js';
import { ClaimService } from './claim.service.js';
import { claimView, grantView } from './claim-view.js';
import type { ClaimView, GrantView } from './claim-view.js';
import { StationService } from './station.service.js';
import { stationQuery } from './station-query.js';
import { textField } from '../platform/http/text-field.js';

const claimBody = z.strictObject({
  orderId: idParam('ord'),
  unit: unitField,
  slot: slotField,
  requestId: z.string().min(1).max(255).optional(),
});
const reasonBody = z.strictObject({ reason: textField(500) });
const claimId = idParam('clm');
type StationQuery = z.infer<typeof stationQuery>;

/** Claims of stations over HTTP. */
@ApiBearerAuth()
@Roles(...lineRoles)
@Controller('api/v1/claims')
export class ClaimsController {
  constructor(
    private readonly claims: ClaimService,
    private readonly stations: StationService,
    private readonly broker: BrokerAddress,
  ) {}

  @Post()
  @ApiOperation({
    summary: 'Take the triple of a unit: 201 when new, 200 when it is its own again',
  })
  async claim(
    @CallerParam() caller: Caller,
    @Query({ schema: stationQuery }) query: StationQuery,
    @Body({ schema: claimBody }) body: z.infer<typeof claimBody>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<GrantView> {
    const grant = await this.claims.claim({
      actor: caller.actor,
      stationId: await this.stations.acting(caller, query.station),
      orderId: body.orderId,
      slot: body.slot ?? null,
      unit: body.unit,
    });
    void reply.code(grant.isReissued ? 200 : 201);
    return grantView(grant, this.broker.resolve(request.hostname));
  }

  @Get(':id')
  @Roles(...lineReaders)
  @ApiOperation({ summary: 'Show a claim of this station' })
  async get(
    @CallerParam() caller: Caller,
    @Query({ schema: stationQuery }) query: StationQuery,
    @Param('id', { schema: claimId }) id: number,
  ): Promise<ClaimView> {
    const stationId = await this.stations.seenBy(caller, query.station);
    return claimView(await this.claims.get(stationId, id));
  }

  @Post(':id/confirm')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Confirm that the unit holds its triple, by a proof that the order accepts',
  })
  async confirm(
    @CallerParam() caller: Caller,
    @Query({ schema: stationQuery }) query: StationQuery,
    @Param('id', { schema: claimId }) id: number,
    @Body({ schema: confirmBody }) body: z.infer<typeof confirmBody>,
  ): Promise<ClaimView> {
    const row = await this.claims.confirm({
      actor: caller.actor,
      stationId: await this.stations.acting(caller, query.station),
      claimId: id,
      proof: proofOf(body),
      isVolatile: body.volatile,
    });
    return claimView(row);
  }

  @Post(':id/fail')
  @HttpCode(200)
  @ApiOperation({ summary: 'Note that the attempt failed; the unit keeps its triple' })
  async fail(
    @CallerParam() caller: Caller,
    @Query({ schema: stationQuery }) query: StationQuery,
    @Param('id', { schema: claimId }) id: number,
    @Body({ schema: reasonBody }) { reason }: z.infer<typeof reasonBody>,
  ): Promise<ClaimView> {
    const stationId = await this.stations.acting(caller, query.station);
    const request = { actor: caller.actor, stationId, claimId: id, reason };
    return claimView(await this.claims.fail(request));
  }

  @Post(':id/void')
  @HttpCode(200)
  @ApiOperation({ summary: 'Give up the triple of a unit for ever' })
  async void(
    @CallerParam() caller: Caller,
    @Query({ schema: stationQuery }) query: StationQuery,
    @Param('id', { schema: claimId }) id: number,
    @Body({ schema: reasonBody }) { reason }: z.infer<typeof reasonBody>,
  ): Promise<ClaimView> {
    const stationId = await this.stations.acting(caller, query.station);
    const request = { actor: caller.actor, stationId, claimId: id, reason };
    return claimView(await this.claims.void(request));
  }
}
