import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation } from '@nestjs/swagger';
import { z } from 'zod';
import { readers } from '../core/role.js';
import { showOnce } from '../platform/idempotency/shown-secrets.js';
import { idParam } from '../platform/http/id-param.js';
import { pageQuery, toPage } from '../platform/http/paging.js';
import type { Page } from '../platform/http/paging.js';
import { Roles } from '../platform/http/roles.js';
import { textField } from '../platform/http/text-field.js';
import { CallerParam } from './access.guard.js';
import { keyFields, rotateBody } from './key-fields.js';
import { keyView, rotatedKeyView } from './key-view.js';
import type { KeyView, RotatedKeyView } from './key-view.js';
import { KeyService } from './key.service.js';
import type { Caller } from './principal.js';

const listQuery = pageQuery.extend({ station: idParam('st').optional() });
const createBody = z.strictObject({
  name: textField(100),
  role: z.enum(readers).default('admin'),
  ...keyFields,
});
const keyId = idParam('key');

/** Keys of people and programs; a station gets its own when it is enrolled. */
@ApiBearerAuth()
@Controller('api/v1/keys')
export class KeysController {
  constructor(private readonly keys: KeyService) {}

  @Get()
  @Roles(...readers)
  @ApiOperation({ summary: 'List keys, by prefix, with their last use; ?station= for its own' })
  async list(
    @Query({ schema: listQuery }) { cursor, limit, station }: z.infer<typeof listQuery>,
  ): Promise<Page<KeyView>> {
    const rows = await this.keys.list(Number(cursor ?? 0), limit + 1, station ?? null);
    return toPage(rows, limit, (row) => row.id, keyView);
  }

  @Post()
  @ApiOperation({ summary: 'Make a key; it is shown once' })
  async create(
    @CallerParam() { actor }: Caller,
    @Body({ schema: createBody }) body: z.infer<typeof createBody>,
  ): Promise<KeyView & { key: string }> {
    const { name, role, expiresAt = null, maxPerSecond = null } = body;
    const key = { name, role, expiresAt, maxPerSecond };
    const { row, secret } = await this.keys.create(actor, key);
    return { ...keyView(row), key: showOnce(secret) };
  }

  @Post(':id/rotate')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Replace a key, which stays valid for a while; the new one is shown once',
  })
  async rotate(
    @CallerParam() { actor }: Caller,
    @Param('id', { schema: keyId }) id: number,
    @Body({ schema: rotateBody }) body: z.infer<typeof rotateBody>,
  ): Promise<RotatedKeyView> {
    return rotatedKeyView(await this.keys.rotate(actor, id, body));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Revoke a key, at once' })
  async revoke(
    @CallerParam() { actor }: Caller,
    @Param('id', { schema: keyId }) id: number,
  ): Promise<void> {
    await this.keys.revoke(actor, id);
  }
}
