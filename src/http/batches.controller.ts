// Batches over HTTP: accepted as a whole or not at all, planned, looked at, steered.
import { Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiAcceptedResponse, ApiBody, ApiHeader, ApiOkResponse, ApiQuery } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../domain/access.js';
import { AcceptBatch } from '../use-cases/accept-batch.js';
import { ControlBatch } from '../use-cases/control-batch.js';
import { PlanBatch } from '../use-cases/plan-batch.js';
import { ReadBatches } from '../use-cases/read-batches.js';
import { CallerOf, NeedsScope } from './access.js';
import { Reads } from './acts.js';
import { CREATED_HEADERS, IDEMPOTENCY_HEADER, NOT_MODIFIED, TAG_HEADERS } from './api-headers.js';
import { BATCH_ID } from './api-parameters.js';
import { ApiProblems } from './api-problems.js';
import { batchBodyOf } from './batch-body.js';
import { BatchCsvQueryDto } from './batch-csv-query.dto.js';
import { BATCH_EXAMPLES } from './batch-examples.js';
import { BatchListView } from './batch-list-view.dto.js';
import { BatchView } from './batch-view.dto.js';
import { CANCEL_BATCH_EXAMPLES, CancelBatchDto, runningOf } from './cancel-batch.dto.js';
import { NoBody, OptionalBodyAs, type CheckedBody } from './checked-body.js';
import { QueryAs } from './checked-query.js';
import { CreateBatchDto } from './create-batch.dto.js';
import { announce } from './created.js';
import { Tagged } from './etags.js';
import { idempotencyOf } from './idempotency.js';
import { ListBatchesDto } from './list-batches.dto.js';
import { pageOf } from './list.dto.js';
import { PlanQueryDto, planQueryOf } from './plan-query.dto.js';
import { PlanView } from './plan-view.dto.js';
import { SteersBatch } from './steers-batch.js';

@Controller('v1/batches')
export class BatchesController {
  constructor(
    private readonly acceptBatch: AcceptBatch,
    private readonly planBatch: PlanBatch,
    private readonly readBatches: ReadBatches,
    private readonly controlBatch: ControlBatch,
  ) {}

  /**
   * Accept up to 10,000 migrations, all or none
   * @remarks The outer fields are defaults for the migrations. In CSV the first row names the columns:
   * `sourceInstanceId`, `targetInstanceId` and `databases` (`a;b`, or `a=b;c=d` for SQL Server), and any
   * of `key`, `dependsOn` (`a;b`), `priority`, `engine`, `notBefore`, `regionId`, `credentialId` and
   * `preflight`; what holds for all rows stands in the query string
   */
  @Post()
  @HttpCode(202)
  @NeedsScope('migrations:write')
  @RouteConfig({ isTagged: true, takesCsv: true })
  @ApiHeader(IDEMPOTENCY_HEADER)
  @ApiBody({ type: CreateBatchDto, examples: BATCH_EXAMPLES })
  @ApiQuery({ type: BatchCsvQueryDto })
  @ApiAcceptedResponse({ type: BatchView, description: 'On record', headers: CREATED_HEADERS })
  @ApiProblems('malformed_json', 'malformed_request', 'duplicate_active', 'body_too_large')
  @ApiProblems('unsupported_media_type', 'validation_failed', 'idempotency_key_reused')
  async accept(
    @CallerOf() { tenant, instancePatterns }: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BatchView> {
    const { text, ...body } = await batchBodyOf(request);
    const idempotency = idempotencyOf(request, text);
    const accepted = await this.acceptBatch.accept({
      ...{ ...body, tenant, instancePatterns, requestId: request.id, idempotency },
    });
    announce(reply, `/v1/batches/${accepted.batch.id}`, accepted.replayed);
    return BatchView.of({ batch: accepted.batch, estimate: null });
  }

  /**
   * Plan the same body without queueing anything: what runs side by side, in how many steps, and until when
   * @remarks With `?preflight=true` every instance is looked at once, live, within the quota of calls upstream and
   * for at most a minute; checks of what was not read by then are `skipped`. Nothing is submitted
   */
  @Post('plan')
  @HttpCode(200)
  @Reads()
  @NeedsScope('migrations:read')
  @RouteConfig({ takesCsv: true })
  @ApiBody({ type: CreateBatchDto, examples: BATCH_EXAMPLES })
  @ApiQuery({ type: PlanQueryDto })
  @ApiOkResponse({ type: PlanView, description: 'The plan. Nothing is queued' })
  @ApiProblems('malformed_json', 'malformed_request', 'body_too_large')
  @ApiProblems('unsupported_media_type', 'validation_failed')
  async plan(
    @CallerOf() { tenant, instancePatterns }: Caller,
    @Req() request: FastifyRequest,
  ): Promise<PlanView> {
    const { withPreflight, query } = planQueryOf(request);
    const { text: _, ...body } = await batchBodyOf(request, query);
    const wanted = { ...body, tenant, instancePatterns, requestId: request.id };
    return PlanView.of(await this.planBatch.plan(wanted, withPreflight));
  }

  /**
   * List batches, newest first
   * @remarks Those of the caller's tenant, each with its counts
   */
  @Get()
  @NeedsScope('migrations:read')
  @ApiQuery({ type: ListBatchesDto })
  @ApiOkResponse({ type: BatchListView, description: 'One page' })
  @ApiProblems('validation_failed')
  async list(
    @CallerOf() { tenant }: Caller,
    @QueryAs(ListBatchesDto) query: ListBatchesDto,
  ): Promise<BatchListView> {
    return BatchListView.of(await this.readBatches.list({ tenant, ...pageOf(query, 'bat') }));
  }

  /**
   * Look at one batch
   * @remarks Its migrations are listed by `GET /v1/migrations?batchId=`
   */
  @Get(':id')
  @BATCH_ID
  @NeedsScope('migrations:read')
  @Tagged()
  @ApiOkResponse({ type: BatchView, description: 'As it stands now', headers: TAG_HEADERS })
  @NOT_MODIFIED
  @ApiProblems('not_found')
  async find(@CallerOf() { tenant }: Caller, @Param('id') id: string): Promise<BatchView> {
    return BatchView.of(await this.readBatches.find(tenant, id));
  }

  /**
   * Pause a batch
   * @remarks Nothing more is submitted until it is resumed; what was submitted goes on. No body is needed
   */
  @Post(':id/pause')
  @HttpCode(202)
  @NeedsScope('migrations:write', { ofAllInstances: true })
  @SteersBatch('already_ended')
  async pause(
    @CallerOf() { tenant }: Caller,
    @Param('id') id: string,
    @NoBody() _body: null,
  ): Promise<BatchView> {
    return BatchView.of(await this.controlBatch.pause(tenant, id));
  }

  /**
   * Go on with a paused batch
   * @remarks No body is needed. A halted batch goes on by `retry-failed`
   */
  @Post(':id/resume')
  @HttpCode(202)
  @NeedsScope('migrations:write', { ofAllInstances: true })
  @SteersBatch('already_ended')
  async resume(
    @CallerOf() { tenant }: Caller,
    @Param('id') id: string,
    @NoBody() _body: null,
  ): Promise<BatchView> {
    return BatchView.of(await this.controlBatch.resume(tenant, id));
  }

  /**
   * Cancel a batch
   * @remarks What was not submitted is withdrawn. Imports that run go on to the end; with `{"running": "cancel"}`
   * those of SQL Server are canceled, too. Until the last has ended the batch is `canceling`, then `canceled`.
   * No body is needed
   */
  @Post(':id/cancel')
  @HttpCode(202)
  @NeedsScope('migrations:write', { ofAllInstances: true })
  @SteersBatch('already_ended')
  @ApiBody({ type: CancelBatchDto, required: false, examples: CANCEL_BATCH_EXAMPLES })
  async cancel(
    @CallerOf() { tenant }: Caller,
    @Param('id') id: string,
    @OptionalBodyAs(CancelBatchDto) body: CheckedBody<CancelBatchDto>,
  ): Promise<BatchView> {
    return BatchView.of(await this.controlBatch.cancel(tenant, id, runningOf(body)));
  }

  /**
   * Try again what failed
   * @remarks Also what was not begun because of it; a halted batch goes on. It is decided at once and carried out by
   * the workers; asked again meanwhile it is the same decision. What a person canceled stays canceled, and so does what
   * depends on it: when there is nothing else, the answer is `nothing_to_retry`. No body is needed
   */
  @Post(':id/retry-failed')
  @HttpCode(202)
  @NeedsScope('migrations:write', { ofAllInstances: true })
  @SteersBatch('nothing_to_retry')
  async retryFailed(
    @CallerOf() { tenant }: Caller,
    @Param('id') id: string,
    @NoBody() _body: null,
  ): Promise<BatchView> {
    return BatchView.of(await this.controlBatch.retryFailed(tenant, id));
  }
}
