import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation } from '@nestjs/swagger';
import { CallerParam } from '../access/access.guard.js';
import type { Caller } from '../access/principal.js';
import { publicId } from '../core/public-id.js';
import { StandingOrderService } from './standing-order.service.js';

/** The standing order of a product, which holds the units that registered themselves. */
@ApiBearerAuth()
@Controller('api/v1/products/:productKey/standing-order')
export class StandingOrderController {
  constructor(private readonly orders: StandingOrderService) {}

  @Post('roll')
  @HttpCode(200)
  @ApiOperation({ summary: 'Make new units get tokens from a new key; tokens given stay good' })
  async roll(
    @CallerParam() { actor }: Caller,
    @Param('productKey') productKey: string,
  ): Promise<{ orderId: string }> {
    return { orderId: publicId('ord', await this.orders.rollKey(actor, productKey)) };
  }
}
