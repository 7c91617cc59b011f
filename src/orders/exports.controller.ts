import { finished } from 'node:stream';
import { Controller, Get, Param, Query, Res, StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiProduces } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { CallerParam } from '../access/access.guard.js';
import type { Caller } from '../access/principal.js';
import { DomainError } from '../core/errors.js';
import { publicId } from '../core/public-id.js';
import { readers } from '../core/role.js';
import { idParam } from '../platform/http/id-param.js';
import { pageQuery, toPage } from '../platform/http/paging.js';
import type { Page } from '../platform/http/paging.js';
import { Roles } from '../platform/http/roles.js';
import { ExportService } from './export.service.js';
import { exportView } from './export-view.js';
import type { ExportView } from './export-view.js';
import { cellRules, exportFormats } from './order-export.js';

const recipient = z.string().max(4000);
const triplesQuery = z
  .strictObject({
    format: z.enum(exportFormats).default('csv'),
    cells: z.enum(cellRules).default('machine'),
    recipient: z.union([recipient, z.array(recipient).max(20)]).default([]),
  })
  .refine(({ format, cells }) => format !== 'jsonl' || cells === 'machine', {
    path: ['cells'],
    message: 'JSON Lines has no cells',
  });

/** Files of triples, and what is known of those that left. */
@ApiBearerAuth()
@Controller('api/v1/orders/:id')
export class ExportsController {
  constructor(private readonly exports: ExportService) {}

  @Get('triples')
  @ApiProduces('text/csv', 'application/jsonl', 'application/octet-stream')
  @ApiOperation({ summary: 'Export the triples of an order; recorded in the audit' })
  async triples(
    @CallerParam() { actor }: Caller,
    @Param('id', { schema: idParam('ord') }) orderId: number,
    @Query({ schema: triplesQuery }) query: z.infer<typeof triplesQuery>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    // Fastify would make the whole file to tell its head, and the history would tell of an export.
    if (reply.request.method === 'HEAD') throw new DomainError('route.unknown', '');
    const { format, cells } = query;
    const recipients = [query.recipient].flat();
    const file = await this.exports.open(actor, { orderId, format, cells, recipients });
    finished(reply.raw, (error) => {
      void file.settle(!error);
    });
    reply.header('Triplemint-Export', publicId('exp', file.exportId));
    reply.header('Triplemint-Rows', String(file.expected));
    return new StreamableFile(file.stream, {
      type: file.type,
      disposition: `attachment; filename="${file.name}"`,
    });
  }

  @Get('exports')
  @Roles(...readers)
  @ApiOperation({ summary: 'List the exports of an order, newest first' })
  async list(
    @Param('id', { schema: idParam('ord') }) orderId: number,
    @Query({ schema: pageQuery }) query: z.infer<typeof pageQuery>,
  ): Promise<Page<ExportView>> {
    const before = query.cursor === undefined ? null : Number(query.cursor);
    const rows = await this.exports.list(orderId, before, query.limit + 1);
    return toPage(rows, query.limit, (row) => row.id, exportView);
  }

  @Get('exports/:exportId')
  @Roles(...readers)
  @ApiOperation({ summary: 'Show how far an export is' })
  async get(
    @Param('id', { schema: idParam('ord') }) orderId: number,
    @Param('exportId', { schema: idParam('exp') }) exportId: number,
  ): Promise<ExportView> {
    return exportView(await this.exports.get(orderId, exportId));
  }
}
