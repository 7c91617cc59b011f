import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation } from '@nestjs/swagger';
import { z } from 'zod';
import { CallerParam } from '../access/access.guard.js';
import { Roles } from '../platform/http/roles.js';
import { readers } from '../core/role.js';
import type { Caller } from '../access/principal.js';
import { Secret } from '../core/secret.js';
import { topicClassNamePattern, topicOperations } from '../core/topics.js';
import type { TopicClass } from '../core/topics.js';
import { productKeyPattern, productSecretPattern } from '../core/triple.js';
import { pageQuery, toPage } from '../platform/http/paging.js';
import type { Page } from '../platform/http/paging.js';
import { textField } from '../platform/http/text-field.js';
import { ProductService } from './product.service.js';
import { productView } from './product-view.js';
import type { ProductView } from './product-view.js';
import { registrationFields } from './registration-fields.js';
import { showProductSecret } from './shown-product-secret.js';

/** Units: seconds. Devices in the field learn of a new secret with their next firmware. */
const overlapSeconds = 30 * 24 * 3600;
const maxOverlapSeconds = 10 * 366 * 24 * 3600;

const name = textField(100);
const productSecret = z.string().regex(productSecretPattern, '16-64 letters and digits').optional();
const createBody = z.strictObject({
  name,
  productKey: z
    .string()
    .regex(productKeyPattern, '1-32 letters and digits; not sys, ext, ota, shadow, broadcast')
    .optional(),
  productSecret,
  registration: registrationFields.default({}),
});
const changeBody = z.strictObject({
  name: name.optional(),
  registration: registrationFields.default({}),
});
const rotateBody = z
  .strictObject({
    productSecret,
    previousValidForSeconds: z.number().int().min(0).max(maxOverlapSeconds).default(overlapSeconds),
  })
  .prefault({});
const topicBody = z.strictObject({
  name: z.string().max(100).regex(topicClassNamePattern, 'levels of A-Z a-z 0-9 _, joined by /'),
  operation: z.enum(topicOperations),
});
const topicQuery = z.strictObject({ name: z.string().min(1) });

/** Products: read by all, changed by admins. */
@ApiBearerAuth()
@Controller('api/v1/products')
export class ProductsController {
  constructor(private readonly products: ProductService) {}

  @Post()
  @ApiOperation({ summary: 'Create a product; its secret is shown here' })
  async create(
    @CallerParam() caller: Caller,
    @Body({ schema: createBody }) body: z.infer<typeof createBody>,
  ): Promise<ProductView & { productSecret: string }> {
    const { row, secret } = await this.products.create(caller.actor, {
      name: body.name,
      productKey: body.productKey,
      productSecret: body.productSecret === undefined ? undefined : new Secret(body.productSecret),
      policy: body.registration,
    });
    return {
      ...productView(row),
      productSecret: showProductSecret(row.productKey, secret),
    };
  }

  @Get()
  @Roles(...readers)
  @ApiOperation({ summary: 'List products' })
  async list(
    @Query({ schema: pageQuery }) query: z.infer<typeof pageQuery>,
  ): Promise<Page<ProductView>> {
    const rows = await this.products.list(Number(query.cursor ?? 0), query.limit + 1);
    return toPage(rows, query.limit, (row) => row.id, productView);
  }

  @Get(':productKey')
  @Roles(...readers)
  @ApiOperation({ summary: 'Show a product' })
  async get(@Param('productKey') productKey: string): Promise<ProductView> {
    return productView(await this.products.get(productKey));
  }

  @Patch(':productKey')
  @ApiOperation({ summary: 'Change name or registration policy' })
  async change(
    @CallerParam() caller: Caller,
    @Param('productKey') productKey: string,
    @Body({ schema: changeBody }) body: z.infer<typeof changeBody>,
  ): Promise<ProductView> {
    const change = { name: body.name, policy: body.registration };
    return productView(await this.products.change(caller.actor, productKey, change));
  }

  @Post(':productKey/secret/rotate')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Give a product another secret; the one before stays valid for a while',
  })
  async rotateSecret(
    @CallerParam() caller: Caller,
    @Param('productKey') productKey: string,
    @Body({ schema: rotateBody }) body: z.infer<typeof rotateBody>,
  ): Promise<{ productSecret: string; previousValidUntil: string }> {
    const { secret, previousValidUntil } = await this.products.rotateSecret(
      caller.actor,
      productKey,
      {
        ...body,
        secret: body.productSecret === undefined ? undefined : new Secret(body.productSecret),
      },
    );
    return {
      productSecret: showProductSecret(productKey, secret),
      previousValidUntil: previousValidUntil.toISOString(),
    };
  }

  @Get(':productKey/topics')
  @Roles(...readers)
  @ApiOperation({ summary: 'List topic classes' })
  async topics(@Param('productKey') productKey: string): Promise<{ items: TopicView[] }> {
    const topics = await this.products.topics(productKey);
    return { items: topics.map((topic) => topicView(productKey, topic)) };
  }

  @Post(':productKey/topics')
  @ApiOperation({ summary: 'Add a topic class, or change what devices may do with it' })
  async setTopic(
    @CallerParam() caller: Caller,
    @Param('productKey') productKey: string,
    @Body({ schema: topicBody }) body: z.infer<typeof topicBody>,
  ): Promise<TopicView> {
    await this.products.setTopic(caller.actor, productKey, body);
    return topicView(productKey, body);
  }

  @Delete(':productKey/topics')
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove a topic class (?name=)' })
  async removeTopic(
    @CallerParam() caller: Caller,
    @Param('productKey') productKey: string,
    @Query({ schema: topicQuery }) query: z.infer<typeof topicQuery>,
  ): Promise<void> {
    await this.products.removeTopic(caller.actor, productKey, query.name);
  }
}

interface TopicView extends TopicClass {
  readonly topic: string;
}

function topicView(productKey: string, { name: topicName, operation }: TopicClass): TopicView {
  return { name: topicName, operation, topic: `/${productKey}/\${deviceName}/user/${topicName}` };
}
