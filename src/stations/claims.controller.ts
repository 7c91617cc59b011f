import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CallerParam } from '../access/access.guard.js';
import { Roles } from '../platform/http/roles.js';
import { lineReaders, lineRoles } from '../core/role.js';
import type { Caller } from '../access/principal.js';
import { Secret } from '../core/secret.js';
import { BrokerAddress } from '../platform/broker-address.js';
import { idParam } from '../platform/http/id-param.js';
import type { ReadBack } from './claim.js';
import { ClaimService } from './claim.service.js';
import { claimView, grantView } from './claim-view.js';
import type { ClaimView, GrantView } from './claim-view.js';
import { StationService } from './station.service.js';
import { stationQuery } from './station-query.js';
import { textField } from '../platform/http/text-field.js';

const identity = z.string().max(100).optional();
const claimBody = z.strictObject({
  orderId: idParam('ord'),
  unit: z.strictObject({
    imei: identity,
    sn: identity,
    mac: identity,
    iccid: z.string().max(200).optional(),
    firmware: z.string().max(200).optional(),
  }),
  slot: z.number().int().min(1).max(999).optional(),
  /** The unit itself makes a retry safe; the id is accepted for clients that always send one. */
  requestId: z.string().min(1).max(64).optional(),
});
const secret = z.string().min(1).max(200);
const secretDigest = z.string().regex(/^[0-9A-Fa-f]{64}$/, '64 hex digits');
const confirmBody = z.strictObject({
  readBack: z.union(
    [
      z.strictObject({ deviceName: z.string().max(100), secretDigest }),
      z.strictObject({ deviceName: z.string().max(100), deviceSecret: secret }),
    ],
    'deviceName with either secretDigest or deviceSecret',
  ),
  volatile: z.boolean().default(false),
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
  @ApiOperation({ summary: 'Confirm that the unit holds its triple, proven by what was read back' })
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
      readBack: readBackOf(body.readBack),
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

function readBackOf(body: z.infer<typeof confirmBody>['readBack']): ReadBack {
  const { deviceName } = body;
  if ('secretDigest' in body) {
    return { deviceName, secret: { kind: 'digest', digest: body.secretDigest } };
  }
  return { deviceName, secret: { kind: 'secret', deviceSecret: new Secret(body.deviceSecret) } };
}
