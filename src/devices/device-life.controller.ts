import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation } from '@nestjs/swagger';
import { z } from 'zod';
import { CallerParam } from '../access/access.guard.js';
import { Roles } from '../platform/http/roles.js';
import { engineers } from '../core/role.js';
import type { Caller } from '../access/principal.js';
import { textField } from '../platform/http/text-field.js';
import { DeviceLifeService } from './device-life.service.js';
import { deviceView } from './device-view.js';
import type { DeviceView } from './device-view.js';

const voidBody = z.strictObject({ reason: textField(500) });

/** What is done to single devices. */
@ApiBearerAuth()
@Controller('api/v1/devices/:productKey/:deviceName')
export class DeviceLifeController {
  constructor(private readonly life: DeviceLifeService) {}

  @Get('triple')
  @ApiOperation({ summary: 'Show the triple of a device; recorded in the audit' })
  async triple(
    @CallerParam() { actor }: Caller,
    @Param('productKey') productKey: string,
    @Param('deviceName') deviceName: string,
  ): Promise<{ productKey: string; deviceName: string; deviceSecret: string }> {
    const { secret } = await this.life.reveal(actor, { productKey, deviceName });
    return { productKey, deviceName, deviceSecret: secret.expose() };
  }

  @Post('reset')
  @HttpCode(200)
  @ApiOperation({ summary: 'Make a new secret and let the device register again' })
  async reset(
    @CallerParam() { actor }: Caller,
    @Param('productKey') productKey: string,
    @Param('deviceName') deviceName: string,
  ): Promise<DeviceView> {
    return deviceView(await this.life.reset(actor, { productKey, deviceName }));
  }

  @Post('disable')
  @Roles(...engineers)
  @HttpCode(200)
  @ApiOperation({ summary: 'Shut a device out, its open connection included' })
  async disable(
    @CallerParam() { actor }: Caller,
    @Param('productKey') productKey: string,
    @Param('deviceName') deviceName: string,
  ): Promise<DeviceView> {
    return deviceView(await this.life.disable(actor, { productKey, deviceName }));
  }

  @Post('enable')
  @Roles(...engineers)
  @HttpCode(200)
  @ApiOperation({ summary: 'Let a disabled device in again' })
  async enable(
    @CallerParam() { actor }: Caller,
    @Param('productKey') productKey: string,
    @Param('deviceName') deviceName: string,
  ): Promise<DeviceView> {
    return deviceView(await this.life.enable(actor, { productKey, deviceName }));
  }

  @Post('void')
  @Roles(...engineers)
  @HttpCode(200)
  @ApiOperation({ summary: 'Give a triple up for ever' })
  async void(
    @CallerParam() { actor }: Caller,
    @Param('productKey') productKey: string,
    @Param('deviceName') deviceName: string,
    @Body({ schema: voidBody }) { reason }: z.infer<typeof voidBody>,
  ): Promise<DeviceView> {
    return deviceView(await this.life.void(actor, { productKey, deviceName }, reason));
  }
}
