import { Body, Controller, Delete, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { CallerParam } from '../access/access.guard.js';
import type { Caller } from '../access/principal.js';
import type { Dialect } from '../at/dialect.js';
import { engineers, lineReaders } from '../core/role.js';
import type { Page } from '../platform/http/paging.js';
import { Roles } from '../platform/http/roles.js';
import { DialectService } from './dialect.service.js';
import { dialectView } from './dialect-view.js';
import type { AddedDialectView, DialectView } from './dialect-view.js';
import { dialectBody } from './parse-dialect.js';

/** What modules may be spoken to in; a bench PC asks for the dialects that its slots name. */
@ApiBearerAuth()
@Roles(...lineReaders)
@Controller('api/v1/dialects')
export class DialectsController {
  constructor(private readonly dialects: DialectService) {}

  @Get()
  @ApiOperation({ summary: 'List every dialect, built in or added, with what it can' })
  async list(): Promise<Page<DialectView>> {
    const known = await this.dialects.list();
    return { items: known.map(dialectView), nextCursor: null };
  }

  @Get(':id')
  @ApiOperation({ summary: 'Show a dialect as it is written in a file' })
  async get(@Param('id') id: string): Promise<Dialect> {
    return await this.dialects.get(id);
  }

  @Post()
  @Roles(...engineers)
  @ApiOperation({ summary: 'Add a dialect (201), or replace the one of the same id (200)' })
  async put(
    @CallerParam() caller: Caller,
    @Body({ schema: dialectBody }) body: z.infer<typeof dialectBody>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AddedDialectView> {
    const { isNew, ...known } = await this.dialects.put(caller.actor, body);
    const rivals = await this.dialects.rivals(known.dialect);
    void reply.code(isNew ? 201 : 200);
    return { ...dialectView(known), rivals };
  }

  @Delete(':id')
  @Roles(...engineers)
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove a dialect that no slot names' })
  async remove(@CallerParam() caller: Caller, @Param('id') id: string): Promise<void> {
    await this.dialects.remove(caller.actor, id);
  }
}
