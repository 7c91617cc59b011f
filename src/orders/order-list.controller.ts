import { Controller, Get, HttpCode, Param, Post, Query, Req, StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiExcludeEndpoint, ApiOperation, ApiProduces } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { CallerParam } from '../access/access.guard.js';
import type { Caller } from '../access/principal.js';
import { publicId } from '../core/public-id.js';
import { readers } from '../core/role.js';
import { TakesCsvBeside, maxCsvBytes, withCsvBody } from '../platform/http/csv-body.js';
import { idParam } from '../platform/http/id-param.js';
import { Roles } from '../platform/http/roles.js';
import { openCsvList } from './order-list-csv.js';
import { OrderListErrorsService } from './order-list-errors.service.js';
import { OrderListService } from './order-list.service.js';
import { orderView } from './order-view.js';
import type { OrderView } from './order-view.js';
import { listOrder, listQuery } from './place-body.js';

/** Lists of names that come as a file. */
@ApiBearerAuth()
@Controller('api/v1')
export class OrderListController {
  constructor(
    private readonly lists: OrderListService,
    private readonly errors: OrderListErrorsService,
  ) {}

  /** The document describes it with the JSON form: it knows one operation for a method and path. */
  @Post('products/:productKey/orders')
  @TakesCsvBeside()
  @HttpCode(202)
  @ApiExcludeEndpoint()
  async place(
    @CallerParam() { actor }: Caller,
    @Param('productKey') productKey: string,
    @Query({ schema: listQuery }) query: z.infer<typeof listQuery>,
    @Req() request: FastifyRequest,
  ): Promise<OrderView> {
    const order = listOrder('mint', query);
    const row = await withCsvBody(request, (body) =>
      this.lists.place(actor, productKey, order, () => openCsvList(body, maxCsvBytes)),
    );
    return orderView(row);
  }

  @Get('orders/:id/errors.csv')
  @Roles(...readers)
  @ApiProduces('text/csv')
  @ApiOperation({ summary: 'What was wrong with the rows of a list that was refused' })
  async errorsOf(@Param('id', { schema: idParam('ord') }) id: number): Promise<StreamableFile> {
    return new StreamableFile(await this.errors.csv(id), {
      type: 'text/csv; charset=utf-8',
      disposition: `attachment; filename="${publicId('ord', id)}-errors.csv"`,
    });
  }
}
