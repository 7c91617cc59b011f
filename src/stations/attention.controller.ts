import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation } from '@nestjs/swagger';
import { z } from 'zod';
import { CallerParam } from '../access/access.guard.js';
import type { Caller } from '../access/principal.js';
import { lineReaders } from '../core/role.js';
import { idParam } from '../platform/http/id-param.js';
import { pageQuery } from '../platform/http/paging.js';
import type { Page } from '../platform/http/paging.js';
import { Roles } from '../platform/http/roles.js';
import { attentionKinds, attentionSources } from './attention.js';
import type { AttentionSource } from './attention.js';
import { AttentionService } from './attention.service.js';
import type { AttentionCursor } from './attention.service.js';
import { attentionView } from './attention-view.js';
import type { AttentionView } from './attention-view.js';
import { stationSeen } from './trace-station.js';

/** How each source numbers its items: claims, a slot of a station, orders. */
const keys: Readonly<Record<AttentionSource, RegExp>> = {
  doubted: /^\d{1,15}$/,
  slots: /^\d{1,9}-\d{1,9}$/,
  claims: /^\d{1,15}$/,
  orders: /^\d{1,9}$/,
};
const cursor = z
  .string()
  .max(40)
  .transform((text, context): AttentionCursor => {
    const [, name, after = ''] = /^(\w+)\.([\d-]+)$/.exec(text) ?? [];
    const source = attentionSources.find((one) => one === name);
    if (source && keys[source].test(after)) return { source, after };
    context.addIssue({ code: 'custom', message: 'a cursor as nextCursor gave it' });
    return z.NEVER;
  });
const attentionQuery = pageQuery.extend({
  cursor: cursor.optional(),
  kind: z.enum(attentionKinds).optional(),
  orderId: idParam('ord').optional(),
  stationId: idParam('st').optional(),
});

/** What a line leader looks at before the shift ends. */
@ApiBearerAuth()
@Roles(...lineReaders)
@Controller('api/v1/attention')
export class AttentionController {
  constructor(private readonly attention: AttentionService) {}

  @Get()
  @ApiOperation({ summary: 'List what needs attention, the most urgent first' })
  async list(
    @CallerParam() caller: Caller,
    @Query({ schema: attentionQuery }) query: z.infer<typeof attentionQuery>,
  ): Promise<Page<AttentionView>> {
    const { kind, orderId, limit } = query;
    const stationId = stationSeen(caller, query.stationId);
    const filter = { kind, orderId, stationId };
    const { rows, next } = await this.attention.list(filter, query.cursor, limit);
    const nextCursor = next ? `${next.source}.${next.after}` : null;
    return { items: rows.map((row) => attentionView(row)), nextCursor };
  }
}
