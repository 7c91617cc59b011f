import { Controller, Get, Headers, Param, Query, Res, StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiProduces } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { CallerParam } from '../access/access.guard.js';
import type { Caller } from '../access/principal.js';
import { DomainError } from '../core/errors.js';
import { lineReaders } from '../core/role.js';
import { idParam } from '../platform/http/id-param.js';
import { Roles } from '../platform/http/roles.js';
import { eventStream } from './event-stream.js';
import { RunEventsService } from './run-events.service.js';
import type { EventsPage } from './run-events.service.js';

/** Units: ms between two signs of life of a stream in which nothing happens. */
const beatMs = 15_000;
/** Units: seconds. */
const longestWait = 60;
const usualWait = 25;

const largestNumber = 2 ** 31 - 1;
const eventNumber = z.coerce.number().int().min(0).max(largestNumber);
const streamQuery = z.strictObject({ after: eventNumber.default(0) });
const pollQuery = streamQuery.extend({
  waitSeconds: z.coerce.number().min(0).max(longestWait).default(usualWait),
});

/** What happens in a run, while it happens. */
@ApiBearerAuth()
@Roles(...lineReaders)
@Controller('api/v1/runs/:id/events')
export class RunEventsController {
  constructor(private readonly events: RunEventsService) {}

  @Get()
  @ApiProduces('text/event-stream')
  @ApiOperation({ summary: 'Follow a run: server-sent events, resumed by Last-Event-ID' })
  async stream(
    @CallerParam() { principal }: Caller,
    @Param('id', { schema: idParam('run') }) runId: number,
    @Query({ schema: streamQuery }) query: z.infer<typeof streamQuery>,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile | undefined> {
    // Headers alone would wait for the run to end.
    if (reply.request.method === 'HEAD') throw new DomainError('route.unknown', '');
    const after = lastEventId === undefined ? query.after : numberOf(lastEventId);
    const asked = { runId, stationId: principal.stationId, after };
    const { events, isOver } = await this.events.poll(asked, 0);
    if (isOver && events.length === 0) {
      // [HTML, 9.2.2] the answer that makes an EventSource stop coming back.
      void reply.code(204);
      return undefined;
    }
    const gone = new AbortController();
    const stream = eventStream(this.events.follow(asked, beatMs, gone.signal));
    stream.once('close', () => {
      gone.abort();
    });
    void reply.header('Cache-Control', 'no-store').header('X-Accel-Buffering', 'no');
    return new StreamableFile(stream, { type: 'text/event-stream; charset=utf-8' });
  }

  @Get('poll')
  @ApiOperation({ summary: 'The same events by long polling; `next` is the next `after`' })
  async poll(
    @CallerParam() { principal }: Caller,
    @Param('id', { schema: idParam('run') }) runId: number,
    @Query({ schema: pollQuery }) { after, waitSeconds }: z.infer<typeof pollQuery>,
  ): Promise<EventsPage> {
    const asked = { runId, stationId: principal.stationId, after };
    const { events, next, isOver } = await this.events.poll(asked, waitSeconds * 1000);
    return { events, next, isOver };
  }
}

function numberOf(lastEventId: string): number {
  const parsed = eventNumber.safeParse(lastEventId);
  if (lastEventId.trim() !== '' && parsed.success) return parsed.data;
  const detail = 'Last-Event-ID is not a number that this stream gave.';
  throw new DomainError('request.invalid', detail);
}
