import { Body, Controller, Delete, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation } from '@nestjs/swagger';
import type { z } from 'zod';
import { CallerParam } from '../access/access.guard.js';
import { rotateBody } from '../access/key-fields.js';
import { rotatedKeyView } from '../access/key-view.js';
import type { RotatedKeyView } from '../access/key-view.js';
import type { Caller } from '../access/principal.js';
import { engineers } from '../core/role.js';
import { idParam } from '../platform/http/id-param.js';
import { Roles } from '../platform/http/roles.js';
import { StationKeysService } from './station-keys.service.js';

const stationId = idParam('st');

/** The key of a station. */
@ApiBearerAuth()
@Roles(...engineers)
@Controller('api/v1/stations/:id/key')
export class StationKeysController {
  constructor(private readonly keys: StationKeysService) {}

  @Post('rotate')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Give a station another key, shown once; the one before stays valid for a while',
  })
  async rotate(
    @CallerParam() { actor }: Caller,
    @Param('id', { schema: stationId }) id: number,
    @Body({ schema: rotateBody }) body: z.infer<typeof rotateBody>,
  ): Promise<RotatedKeyView> {
    return rotatedKeyView(await this.keys.rotate(actor, id, body));
  }

  @Delete()
  @HttpCode(204)
  @ApiOperation({ summary: 'Revoke all keys of a station, at once' })
  async revoke(
    @CallerParam() { actor }: Caller,
    @Param('id', { schema: stationId }) id: number,
  ): Promise<void> {
    await this.keys.revoke(actor, id);
  }
}
