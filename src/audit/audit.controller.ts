import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation } from '@nestjs/swagger';
import { z } from 'zod';
import { publicId } from '../core/public-id.js';
import { readers } from '../core/role.js';
import { idParam } from '../platform/http/id-param.js';
import { pageQuery, toPage } from '../platform/http/paging.js';
import type { Page } from '../platform/http/paging.js';
import { Roles } from '../platform/http/roles.js';
import { auditActions } from './audit-event.js';
import type { AuditRow, StrangerRow } from './audit-row.js';
import { AuditService } from './audit.service.js';
import type { HeadView } from './sealing.js';

const since = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
const text = z.string().min(1).max(64);
const eventsQuery = pageQuery.extend({
  cursor: z
    .string()
    .regex(/^\d{1,18}$/, 'a cursor as nextCursor gave it')
    .optional(),
  productKey: text.optional(),
  deviceName: text.optional(),
  action: z.enum(auditActions).optional(),
  orderId: idParam('ord').optional(),
  claimId: idParam('clm').optional(),
  unit: z.string().min(1).max(100).optional(),
  since: since.optional(),
});
const stranger = z.strictObject({
  minute: z.iso.datetime().transform((at) => new Date(at)),
  count: z.int32(),
  address: z.string(),
  productKey: z.string(),
});
/** Shape: the last row of a page as JSON in base64url; a product key of a stranger is any text. */
const strangerCursor = z
  .string()
  .max(4000)
  .transform((sent, context): StrangerRow => {
    const row = stranger.safeParse(jsonOf(Buffer.from(sent, 'base64url').toString('utf8')));
    if (row.success) return row.data;
    context.addIssue({ code: 'custom', message: 'a cursor as nextCursor gave it' });
    return z.NEVER;
  });
const strangersQuery = z.strictObject({
  limit: pageQuery.shape.limit,
  cursor: strangerCursor.optional(),
  since: since.optional(),
});

/** The history, newest first. */
@ApiBearerAuth()
@Roles(...readers)
@Controller('api/v1/audit')
export class AuditController {
  constructor(private readonly audit: AuditService) {}

  @Get()
  @ApiOperation({ summary: 'List what happened, newest first' })
  async events(
    @Query({ schema: eventsQuery }) query: z.infer<typeof eventsQuery>,
  ): Promise<Page<AuditView>> {
    const { rows, next } = await this.audit.events(query, query.cursor ?? null, query.limit);
    return { items: rows.map((row) => auditView(row)), nextCursor: next };
  }

  @Get('head')
  @ApiOperation({ summary: 'Show the newest seal of the history, to be kept elsewhere' })
  async head(): Promise<HeadView> {
    return await this.audit.head();
  }

  @Get('strangers')
  @ApiOperation({ summary: 'Count refusals of who did not prove a secret, by minute and address' })
  async strangers(
    @Query({ schema: strangersQuery }) query: z.infer<typeof strangersQuery>,
  ): Promise<Page<StrangerView>> {
    const { since: from = null, cursor = null, limit } = query;
    const found = await this.audit.strangers(from, cursor, limit + 1);
    const cursorOf = (row: StrangerRow): string =>
      Buffer.from(JSON.stringify(strangerView(row))).toString('base64url');
    return toPage(found, limit, cursorOf, strangerView);
  }
}

interface AuditView {
  readonly at: string;
  readonly action: string;
  readonly actor: string;
  readonly address: string | null;
  readonly productKey: string | null;
  readonly deviceName: string | null;
  readonly orderId: string | null;
  readonly claimId: string | null;
  readonly unit: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
}

function auditView(row: AuditRow): AuditView {
  return {
    at: row.at.toISOString(),
    action: row.action,
    actor: row.actor,
    address: row.address,
    productKey: row.productKey,
    deviceName: row.deviceName,
    orderId: row.orderId === null ? null : publicId('ord', row.orderId),
    claimId: row.claimId === null ? null : publicId('clm', row.claimId),
    unit: row.unit,
    detail: row.detail,
  };
}

interface StrangerView {
  readonly minute: string;
  readonly address: string;
  /** As it was sent; there may be no such product. */
  readonly productKey: string;
  readonly count: number;
}

function strangerView({ minute, address, productKey, count }: StrangerRow): StrangerView {
  return { minute: minute.toISOString(), address, productKey, count };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
