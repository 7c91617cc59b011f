import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation } from '@nestjs/swagger';
import { z } from 'zod';
import { CallerParam } from '../access/access.guard.js';
import type { Caller } from '../access/principal.js';
import { DownlinkService } from './downlink.service.js';

/** Source: Alibaba Cloud IoT, limits: a topic has at most 128 bytes; here with room. */
const maxTopicLength = 256;

const publishBody = z
  .strictObject({
    topic: z.string().min(1).max(maxTopicLength),
    payload: z.string(),
    qos: z.union([z.literal(0), z.literal(1)]).default(0),
    encoding: z.enum(['utf8', 'base64']).default('utf8'),
  })
  .refine(({ encoding, payload }) => encoding === 'utf8' || isBase64(payload), {
    path: ['payload'],
    message: 'no base64',
  });

/** What became of a message, as it is answered. */
interface DownlinkView {
  readonly online: boolean;
  /** `sent` and `relayed` say nothing about what the device made of it. */
  readonly delivery: 'sent' | 'relayed' | 'not_subscribed' | 'offline';
}

/** Messages from admins to devices. */
@ApiBearerAuth()
@Controller('api/v1/devices/:productKey/:deviceName')
export class DownlinkController {
  constructor(private readonly downlink: DownlinkService) {}

  @Post('publish')
  @HttpCode(200)
  @ApiOperation({ summary: 'Send a message to a device that is connected' })
  async publish(
    @CallerParam() { actor }: Caller,
    @Param('productKey') productKey: string,
    @Param('deviceName') deviceName: string,
    @Body({ schema: publishBody }) body: z.infer<typeof publishBody>,
  ): Promise<DownlinkView> {
    const payload = Buffer.from(body.payload, body.encoding);
    const message = { topic: body.topic, qos: body.qos, payload };
    const via = await this.downlink.publish(actor, { productKey, deviceName }, message);
    if (via === 'not_here') return { online: false, delivery: 'offline' };
    return { online: true, delivery: via };
  }
}

function isBase64(text: string): boolean {
  return z.base64().safeParse(text).success;
}
