import { Body, Controller, HttpCode, Param, Patch, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation } from '@nestjs/swagger';
import { z } from 'zod';
import { CallerParam } from '../access/access.guard.js';
import { Roles } from '../platform/http/roles.js';
import type { Caller } from '../access/principal.js';
import { DomainError } from '../core/errors.js';
import { idParam } from '../platform/http/id-param.js';
import { orderFields } from './order-fields.js';
import { OrderLifeService } from './order-life.service.js';
import { OrderService } from './order.service.js';
import { orderView } from './order-view.js';
import type { OrderView } from './order-view.js';

const changeBody = z.strictObject({
  quota: orderFields.quota.optional(),
  expiresAt: orderFields.expiresAt.nullable().optional(),
  stations: orderFields.stations.optional(),
  firmware: orderFields.firmware.optional(),
  note: orderFields.note.nullable().optional(),
});
const orderId = idParam('ord');

/** What happens to an order after it was placed. */
@ApiBearerAuth()
@Roles('admin', 'engineer')
@Controller('api/v1/orders/:id')
export class OrderLifeController {
  constructor(
    private readonly life: OrderLifeService,
    private readonly orders: OrderService,
  ) {}

  @Patch()
  @ApiOperation({
    summary: 'Change an order: quota (admins only), expiry, stations, firmware, note',
  })
  async change(
    @CallerParam() { actor, principal }: Caller,
    @Param('id', { schema: orderId }) id: number,
    @Body({ schema: changeBody }) body: z.infer<typeof changeBody>,
  ): Promise<OrderView> {
    if (body.quota !== undefined && principal.role !== 'admin') {
      throw new DomainError(
        'key.role_not_allowed',
        `A key of the role ${principal.role} may not set a quota.`,
      );
    }
    const { stations: stationIds, ...rest } = body;
    await this.life.change(actor, id, { ...rest, stationIds });
    return orderView(await this.orders.get(id));
  }

  @Post('close')
  @HttpCode(200)
  @ApiOperation({
    summary: 'End an order for new claims; what stations hold may still be confirmed',
  })
  async close(
    @CallerParam() { actor }: Caller,
    @Param('id', { schema: orderId }) id: number,
  ): Promise<OrderView> {
    await this.life.close(actor, id);
    return orderView(await this.orders.get(id));
  }

  @Post('abort')
  @HttpCode(200)
  @ApiOperation({ summary: 'Stop an order that is minting; what it minted so far becomes void' })
  async abort(
    @CallerParam() { actor }: Caller,
    @Param('id', { schema: orderId }) id: number,
  ): Promise<OrderView> {
    await this.life.abort(actor, id);
    return orderView(await this.orders.get(id));
  }
}
