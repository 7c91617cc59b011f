import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation } from '@nestjs/swagger';
import { z } from 'zod';
import { Roles } from '../platform/http/roles.js';
import { readers } from '../core/role.js';
import { deviceStates } from '../core/lifecycle.js';
import { pageQuery } from '../platform/http/paging.js';
import type { Page } from '../platform/http/paging.js';
import { DeviceService } from './device.service.js';
import { deviceView } from './device-view.js';
import type { DeviceView } from './device-view.js';

const listQuery = pageQuery.extend({
  cursor: z.string().max(32).optional(),
  state: z.enum(deviceStates).optional(),
  prefix: z.string().max(32).optional(),
});

/** Devices as they are read. */
@ApiBearerAuth()
@Roles(...readers)
@Controller('api/v1')
export class DevicesController {
  constructor(private readonly devices: DeviceService) {}

  @Get('products/:productKey/devices')
  @ApiOperation({ summary: 'List the devices of a product' })
  async list(
    @Param('productKey') productKey: string,
    @Query({ schema: listQuery }) query: z.infer<typeof listQuery>,
  ): Promise<Page<DeviceView>> {
    const after = query.cursor ?? '';
    const { rows, next } = await this.devices.list(productKey, query, after, query.limit);
    return { items: rows.map((row) => deviceView(row)), nextCursor: next };
  }

  @Get('devices/:productKey/:deviceName')
  @ApiOperation({ summary: 'Show a device' })
  async get(
    @Param('productKey') productKey: string,
    @Param('deviceName') deviceName: string,
  ): Promise<DeviceView> {
    return deviceView(await this.devices.get(productKey, deviceName));
  }
}
