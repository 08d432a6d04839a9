// Events over HTTP, told as they happen: of a tenant, of a batch, of a migration.
import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../domain/access.js';
import type { Wanted } from '../use-cases/following.js';
import { CallerOf, NeedsScope } from './access.js';
import { BATCH_ID, MIGRATION_ID } from './api-parameters.js';
import { QueryAs } from './checked-query.js';
import { StreamsEvents } from './event-examples.js';
import { EventStreams } from './event-streams.js';
import { EventsQueryDto, lastEventIdOf, typesOf } from './events-query.dto.js';

@Controller('v1')
export class EventsController {
  constructor(private readonly streams: EventStreams) {}

  /**
   * Follow everything that happens, as server-sent events
   * @remarks Every transition of every migration of the tenant, every change of a batch, at most once a second
   * how far each batch is, and credentials and webhooks that stopped working where the key may read these.
   * The stream has no end; a heartbeat comes at least every 15 s. After a reconnect with Last-Event-ID it
   * goes on with no event lost or repeated
   */
  @Get('events')
  @StreamsEvents()
  @NeedsScope('migrations:read')
  @ApiQuery({ type: EventsQueryDto })
  async ofTenant(
    @CallerOf() caller: Caller,
    @QueryAs(EventsQueryDto) query: EventsQueryDto,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const subject = { kind: 'tenant' } as const;
    await this.start({ caller, subject, types: typesOf(query) }, query, reply);
  }

  /**
   * Follow one batch and its migrations, as server-sent events
   * @remarks Like `GET /v1/events`, of this batch only. It does not end with the batch: what ended can be
   * tried again
   */
  @Get('batches/:id/events')
  @BATCH_ID
  @StreamsEvents('not_found')
  @NeedsScope('migrations:read')
  @ApiQuery({ type: EventsQueryDto })
  async ofBatch(
    @CallerOf() caller: Caller,
    @Param('id') id: string,
    @QueryAs(EventsQueryDto) query: EventsQueryDto,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const subject = { kind: 'batch', id } as const;
    await this.start({ caller, subject, types: typesOf(query) }, query, reply);
  }

  /**
   * Follow one migration, as server-sent events
   * @remarks Like `GET /v1/events`, of this migration only. A key that is for some instances only follows
   * migrations between these
   */
  @Get('migrations/:id/events')
  @MIGRATION_ID
  @StreamsEvents('not_found')
  @NeedsScope('migrations:read')
  @ApiQuery({ type: EventsQueryDto })
  async ofMigration(
    @CallerOf() caller: Caller,
    @Param('id') id: string,
    @QueryAs(EventsQueryDto) query: EventsQueryDto,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const subject = { kind: 'migration', id } as const;
    await this.start({ caller, subject, types: typesOf(query) }, query, reply);
  }

  private async start(wanted: Wanted, query: EventsQueryDto, reply: FastifyReply): Promise<void> {
    await this.streams.start(wanted, lastEventIdOf(reply.request, query), reply);
  }
}
