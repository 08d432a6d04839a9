// Migrations over HTTP: accepted, listed, looked at.
import { Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiHeader, ApiOkResponse, ApiQuery } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../domain/access.js';
import { AcceptMigrations } from '../use-cases/accept-migrations.js';
import { PreflightMigration } from '../use-cases/preflight-migration.js';
import { ReadMigrations } from '../use-cases/read-migrations.js';
import { CallerOf, NeedsScope } from './access.js';
import { Reads } from './acts.js';
import { MIGRATION_ID } from './api-parameters.js';
import { CREATED_HEADERS, IDEMPOTENCY_HEADER, NOT_MODIFIED, TAG_HEADERS } from './api-headers.js';
import { ApiProblems } from './api-problems.js';
import { BodyAs, type CheckedBody } from './checked-body.js';
import { QueryAs } from './checked-query.js';
import { CreateMigrationDto } from './create-migration.dto.js';
import { announce } from './created.js';
import { Tagged } from './etags.js';
import { idempotencyOf } from './idempotency.js';
import { ListMigrationsDto, migrationQueryOf } from './list-migrations.dto.js';
import { draftOf } from './migration-draft.js';
import { MIGRATION_EXAMPLES } from './migration-examples.js';
import { MigrationListView } from './migration-list-view.dto.js';
import { PreflightReportView } from './preflight-view.dto.js';
import { MigrationView } from './migration-view.dto.js';

@Controller('v1/migrations')
export class MigrationsController {
  constructor(
    private readonly acceptMigrations: AcceptMigrations,
    private readonly readMigrations: ReadMigrations,
    private readonly preflightMigration: PreflightMigration,
  ) {}

  /**
   * Accept one migration
   * @remarks It is on record before the answer; what comes of it is seen at its `Location`. A second one of the same
   * source, target and databases is 409 while the first has not ended, unless `allowDuplicate` is true
   */
  @Post()
  @HttpCode(202)
  @NeedsScope('migrations:write')
  @Tagged()
  @ApiHeader(IDEMPOTENCY_HEADER)
  @ApiBody({ type: CreateMigrationDto, examples: MIGRATION_EXAMPLES })
  @ApiAcceptedResponse({ type: MigrationView, description: 'On record', headers: CREATED_HEADERS })
  @ApiProblems('malformed_json', 'malformed_request', 'duplicate_active')
  @ApiProblems(
    'body_too_large',
    'unsupported_media_type',
    'validation_failed',
    'idempotency_key_reused',
  )
  async accept(
    @CallerOf() { tenant, instancePatterns }: Caller,
    @BodyAs(CreateMigrationDto) body: CheckedBody<CreateMigrationDto>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MigrationView> {
    const { draft, violations } = draftOf(body);
    const idempotency = idempotencyOf(request, body.text);
    const accepted = await this.acceptMigrations.accept({
      ...{ tenant, instancePatterns, requestId: request.id },
      ...{ draft, violations, order: body.order, idempotency },
    });
    announce(reply, `/v1/migrations/${accepted.migration.id}`, accepted.replayed);
    return MigrationView.of(accepted);
  }

  /**
   * Run every check of such a migration, live; nothing is stored and nothing submitted
   * @remarks All checks are reported, each with what was seen. What could not be read is `skipped`, with the reason
   */
  @Post('preflight')
  @HttpCode(200)
  @Reads()
  @NeedsScope('migrations:write')
  @ApiBody({ type: CreateMigrationDto, examples: MIGRATION_EXAMPLES })
  @ApiOkResponse({ type: PreflightReportView, description: 'What the checks found' })
  @ApiProblems('malformed_json', 'malformed_request', 'body_too_large')
  @ApiProblems('unsupported_media_type', 'validation_failed', 'unavailable')
  async preflight(
    @CallerOf() { tenant, instancePatterns }: Caller,
    @BodyAs(CreateMigrationDto) body: CheckedBody<CreateMigrationDto>,
  ): Promise<PreflightReportView> {
    const request = { ...draftOf(body), tenant, instancePatterns, order: body.order };
    return PreflightReportView.of(await this.preflightMigration.preflight(request));
  }

  /**
   * List migrations, newest first
   * @remarks All conditions hold at once
   */
  @Get()
  @NeedsScope('migrations:read')
  @ApiQuery({ type: ListMigrationsDto })
  @ApiOkResponse({ type: MigrationListView, description: 'One page' })
  @ApiProblems('validation_failed')
  async list(
    @CallerOf() { tenant }: Caller,
    @QueryAs(ListMigrationsDto) query: ListMigrationsDto,
  ): Promise<MigrationListView> {
    return MigrationListView.of(await this.readMigrations.list(migrationQueryOf(tenant, query)));
  }

  /**
   * Look at one migration
   * @remarks With what it waits for, what was last seen upstream, its history, and what can be asked of it now
   */
  @Get(':id')
  @MIGRATION_ID
  @NeedsScope('migrations:read')
  @Tagged()
  @ApiOkResponse({ type: MigrationView, description: 'As it stands now', headers: TAG_HEADERS })
  @NOT_MODIFIED
  @ApiProblems('not_found')
  async find(@CallerOf() { tenant }: Caller, @Param('id') id: string): Promise<MigrationView> {
    return MigrationView.of(await this.readMigrations.find(tenant, id));
  }
}
