import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation } from '@nestjs/swagger';
import { z } from 'zod';
import { pageQuery, toPage } from '../platform/http/paging.js';
import type { Page } from '../platform/http/paging.js';
import { idParam } from '../platform/http/id-param.js';
import { textField } from '../platform/http/text-field.js';
import { publicId } from '../core/public-id.js';
import { CallerParam } from './access.guard.js';
import { Roles } from '../platform/http/roles.js';
import { AccessService } from './access.service.js';
import type { ApiKeyRow } from './api-key.js';
import { readers } from '../core/role.js';
import type { Caller } from './principal.js';

const createBody = z.strictObject({
  name: textField(100),
  role: z.enum(readers).default('admin'),
});

/** Keys of people and programs; a station gets its own when it is enrolled. */
@ApiBearerAuth()
@Controller('api/v1/keys')
export class KeysController {
  constructor(private readonly access: AccessService) {}

  @Get()
  @Roles(...readers)
  @ApiOperation({ summary: 'List keys (prefix only)' })
  async list(
    @Query({ schema: pageQuery }) query: z.infer<typeof pageQuery>,
  ): Promise<Page<ReturnType<typeof keyView>>> {
    const rows = await this.access.list(Number(query.cursor ?? 0), query.limit + 1);
    return toPage(rows, query.limit, (row) => row.id, keyView);
  }

  @Post()
  @ApiOperation({ summary: 'Make a key; it is shown once' })
  async create(
    @CallerParam() caller: Caller,
    @Body({ schema: createBody }) body: z.infer<typeof createBody>,
  ): Promise<ReturnType<typeof keyView> & { key: string }> {
    const { row, secret } = await this.access.create(caller.actor, body);
    return { ...keyView(row), key: secret.expose() };
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Revoke a key' })
  async revoke(
    @CallerParam() caller: Caller,
    @Param('id', { schema: idParam('key') }) id: number,
  ): Promise<void> {
    await this.access.revoke(caller.actor, id);
  }
}

function keyView(row: ApiKeyRow) {
  return {
    keyId: publicId('key', row.id),
    name: row.name,
    role: row.role,
    prefix: row.prefix,
    createdAt: row.createdAt.toISOString(),
    revokedAt: row.revokedAt?.toISOString() ?? null,
  };
}
