import { Body, Controller, HttpCode, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation } from '@nestjs/swagger';
import { z } from 'zod';
import { CallerParam } from '../access/access.guard.js';
import type { Caller } from '../access/principal.js';
import { DomainError } from '../core/errors.js';
import { lineRoles } from '../core/role.js';
import { Roles } from '../platform/http/roles.js';
import type { ClaimGrant } from './claim.js';
import { CompatAllotService } from './compat-allot.service.js';
import { showDeviceSecret } from './shown-credentials.js';
import { stationQuery } from './station-query.js';
import { StationService } from './station.service.js';

const allotBody = z
  .object({
    ProductKey: z.string().min(1).max(64),
    DeviceID: z.string().min(1).max(100),
    Action: z.literal([0, 1, 2]),
  })
  .describe('Action: 0 allot, 1 burnt, 2 failed; fields that nobody knows are not looked at');

/** The answer, in the vendor's words. */
interface AllotView {
  readonly ProductKey: string;
  readonly DeviceName: string;
  readonly DeviceSecret?: string;
}

/**
 * Claims in the shape of Alibaba's own line tool, for lines that speak it already.
 *
 * Source: Alibaba Cloud IoT Platform, document 156658 (device certificate distribution tool for
 * production lines), request; its replies are not documented there, read 2026-11.
 */
@ApiBearerAuth()
@Roles(...lineRoles)
@Controller('api/v1/compat/aliyun')
export class CompatAllotController {
  constructor(
    private readonly compat: CompatAllotService,
    private readonly stations: StationService,
  ) {}

  @Post('allot')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Take, confirm or fail the triple of a unit as Alibaba’s line tool does',
  })
  async allot(
    @CallerParam() caller: Caller,
    @Query({ schema: stationQuery }) query: z.infer<typeof stationQuery>,
    @Body({ schema: allotBody }) body: z.infer<typeof allotBody>,
  ): Promise<AllotView> {
    const stationId = await this.stations.acting(caller, query.station);
    const { ProductKey: productKey, DeviceID: deviceId } = body;
    const asked = { actor: caller.actor, stationId, productKey, deviceId };
    switch (body.Action) {
      case 0:
        return tripleView(await this.compat.allot(asked));
      case 1:
        return {
          ProductKey: productKey,
          DeviceName: (await this.compat.confirm(asked)).deviceName,
        };
      case 2:
        return { ProductKey: productKey, DeviceName: (await this.compat.fail(asked)).deviceName };
    }
  }
}

function tripleView({ orderId, generation, credential }: ClaimGrant): AllotView {
  const { productKey, deviceName } = credential;
  if (credential.kind !== 'device-secret') {
    throw new DomainError('internal', 'An order without device secrets was chosen.');
  }
  const device = { orderId, productKey, deviceName, generation };
  const deviceSecret = showDeviceSecret(device, credential.deviceSecret);
  return { ProductKey: productKey, DeviceName: deviceName, DeviceSecret: deviceSecret };
}
