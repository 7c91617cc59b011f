import { Controller, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiConsumes, ApiOperation } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { CallerParam } from '../access/access.guard.js';
import type { Caller } from '../access/principal.js';
import { TakesCsv, maxCsvBytes, withCsvBody } from '../platform/http/csv-body.js';
import { openCsvList } from './order-list-csv.js';
import { OrderListService } from './order-list.service.js';
import { orderView } from './order-view.js';
import type { OrderView } from './order-view.js';
import { listOrder, listQuery } from './place-body.js';

/** Triples that exist elsewhere. */
@ApiBearerAuth()
@Controller('api/v1/products/:productKey/imports')
export class ImportsController {
  constructor(private readonly lists: OrderListService) {}

  @Post()
  @TakesCsv()
  @HttpCode(202)
  @ApiConsumes('text/csv')
  @ApiBody({ schema: { type: 'string', example: 'productKey,deviceName,deviceSecret\n' } })
  @ApiOperation({ summary: 'Take in triples that exist elsewhere, with their secrets' })
  async import(
    @CallerParam() { actor }: Caller,
    @Param('productKey') productKey: string,
    @Query({ schema: listQuery }) query: z.infer<typeof listQuery>,
    @Req() request: FastifyRequest,
  ): Promise<OrderView> {
    const order = listOrder('import', query);
    const row = await withCsvBody(request, (body) =>
      this.lists.place(actor, productKey, order, () => openCsvList(body, maxCsvBytes)),
    );
    return orderView(row);
  }
}
