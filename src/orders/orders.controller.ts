import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation } from '@nestjs/swagger';
import type { z } from 'zod';
import { CallerParam } from '../access/access.guard.js';
import { Roles } from '../platform/http/roles.js';
import { lineReaders } from '../core/role.js';
import type { Caller } from '../access/principal.js';
import { idParam } from '../platform/http/id-param.js';
import { pageQuery, toPage } from '../platform/http/paging.js';
import type { Page } from '../platform/http/paging.js';
import { openNameList } from './order-list-names.js';
import { OrderListService } from './order-list.service.js';
import { OrderService } from './order.service.js';
import { orderView } from './order-view.js';
import type { OrderView } from './order-view.js';
import { listOrder, placeBody } from './place-body.js';

/** Production orders. */
@ApiBearerAuth()
@Controller('api/v1')
export class OrdersController {
  constructor(
    private readonly orders: OrderService,
    private readonly lists: OrderListService,
  ) {}

  @Post('products/:productKey/orders')
  @HttpCode(202)
  @ApiOperation({ summary: 'Place an order; its triples are minted in the background' })
  async place(
    @CallerParam() caller: Caller,
    @Param('productKey') productKey: string,
    @Body({ schema: placeBody }) body: z.infer<typeof placeBody>,
  ): Promise<OrderView> {
    const { actor } = caller;
    const { naming, quantity } = body;
    const order = listOrder('mint', body);
    if (naming.kind === 'list') {
      const open = () => Promise.resolve(openNameList(naming.names));
      return orderView(await this.lists.place(actor, productKey, order, open));
    }
    const quota = order.quota ?? quantity;
    const row = await this.orders.place(actor, productKey, { ...order, naming, quantity, quota });
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
  @Roles(...lineReaders)
  @ApiOperation({ summary: 'Show an order and its counters; a station sees one it may use' })
  async get(
    @CallerParam() { principal }: Caller,
    @Param('id', { schema: idParam('ord') }) id: number,
  ): Promise<OrderView> {
    return orderView(await this.orders.seenBy(principal.stationId, id));
  }
}
