import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation } from '@nestjs/swagger';
import { z } from 'zod';
import { CallerParam } from '../access/access.guard.js';
import { Roles } from '../platform/http/roles.js';
import { lineReaders, readers } from '../core/role.js';
import type { Caller } from '../access/principal.js';
import { provisionings } from '../core/lifecycle.js';
import { idParam } from '../platform/http/id-param.js';
import { pageQuery, toPage } from '../platform/http/paging.js';
import type { Page } from '../platform/http/paging.js';
import { maxQuantity, orderFields } from './order-fields.js';
import { OrderService } from './order.service.js';
import { orderView } from './order-view.js';
import type { OrderView } from './order-view.js';

const placeBody = z.strictObject({
  quantity: z.number().int().min(1).max(maxQuantity),
  naming: z.strictObject({
    kind: z.literal('sequence'),
    prefix: z.string().max(32),
    start: z.number().int().min(0).max(1_000_000_000).default(1),
    width: z.number().int().min(1).max(32),
  }),
  provisioning: z.enum(provisionings).default('device-secret'),
  acceptVolatile: z.boolean().default(false),
  acceptProofs: orderFields.acceptProofs,
  firmware: orderFields.firmware.default([]),
  quota: orderFields.quota.optional(),
  expiresAt: orderFields.expiresAt.optional(),
  stations: orderFields.stations.default([]),
  note: orderFields.note.optional(),
});

/** Production orders. */
@ApiBearerAuth()
@Controller('api/v1')
export class OrdersController {
  constructor(private readonly orders: OrderService) {}

  @Post('products/:productKey/orders')
  @HttpCode(202)
  @ApiOperation({ summary: 'Place an order; its triples are minted in the background' })
  async place(
    @CallerParam() caller: Caller,
    @Param('productKey') productKey: string,
    @Body({ schema: placeBody }) body: z.infer<typeof placeBody>,
  ): Promise<OrderView> {
    const row = await this.orders.place(caller.actor, productKey, {
      quantity: body.quantity,
      quota: body.quota ?? body.quantity,
      naming: body.naming,
      provisioning: body.provisioning,
      acceptVolatile: body.acceptVolatile,
      acceptProofs: body.acceptProofs,
      firmware: body.firmware,
      expiresAt: body.expiresAt ?? null,
      stationIds: body.stations,
      note: body.note ?? null,
    });
    return orderView(row);
  }

  @Get('orders')
  @Roles(...lineReaders)
  @ApiOperation({ summary: 'List orders; a station sees those it may use' })
  async list(
    @CallerParam() { principal }: Caller,
    @Query({ schema: pageQuery }) query: z.infer<typeof pageQuery>,
  ): Promise<Page<OrderView>> {
    const after = Number(query.cursor ?? 0);
    const rows = await this.orders.list(after, query.limit + 1, principal.stationId);
    return toPage(
      rows,
      query.limit,
      (row) => row.id,
      (row) => orderView(row),
    );
  }

  @Get('orders/:id')
  @Roles(...readers)
  @ApiOperation({ summary: 'Show an order and its counters' })
  async get(@Param('id', { schema: idParam('ord') }) id: number): Promise<OrderView> {
    return orderView(await this.orders.get(id));
  }
}
