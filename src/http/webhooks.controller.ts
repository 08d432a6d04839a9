// Webhooks over HTTP. They are told of everything in the tenant: keys for some instances only may not touch them.
import { Controller, Delete, Get, HttpCode, Param, Patch, Post, Req, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiQuery,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../domain/access.js';
import { InspectDeliveries } from '../use-cases/inspect-deliveries.js';
import { ManageWebhooks } from '../use-cases/manage-webhooks.js';
import { CallerOf, NeedsScope } from './access.js';
import { CREATED_HEADERS, IDEMPOTENCY_HEADER, NOT_MODIFIED, TAG_HEADERS } from './api-headers.js';
import { WEBHOOK_ID } from './api-parameters.js';
import { ApiProblems } from './api-problems.js';
import { BodyAs, NoBody, type CheckedBody } from './checked-body.js';
import { QueryAs } from './checked-query.js';
import { announce } from './created.js';
import { DeliveryListView, DeliveryView } from './delivery-view.dto.js';
import { Tagged } from './etags.js';
import { idempotencyOf } from './idempotency.js';
import { ListDeliveriesDto, ListWebhooksDto } from './list-webhooks.dto.js';
import { pageOf } from './list.dto.js';
import { newWebhookOf, webhookPatchOf } from './webhook-draft.js';
import { ToldWebhookView, WebhookListView, WebhookView } from './webhook-view.dto.js';
import {
  CREATE_WEBHOOK_EXAMPLES,
  CreateWebhookDto,
  PATCH_WEBHOOK_EXAMPLES,
  PatchWebhookDto,
} from './webhook.dto.js';

const ALL = { ofAllInstances: true };

@Controller('v1/webhooks')
export class WebhooksController {
  constructor(
    private readonly webhooks: ManageWebhooks,
    private readonly deliveries: InspectDeliveries,
  ) {}

  /**
   * Have an endpoint told of events. The answer is the only one that ever shows its secret
   * @remarks Sent by Standard Webhooks: `webhook-id` (the event's id: the same event may come more than
   * once), `webhook-timestamp` and `webhook-signature`. Answer 2xx within 15 seconds. With an
   * `Idempotency-Key` the same request gets the same answer for 24 hours, the secret included
   */
  @Post()
  @HttpCode(201)
  @NeedsScope('webhooks:write', ALL)
  @Tagged()
  @ApiHeader(IDEMPOTENCY_HEADER)
  @ApiBody({ type: CreateWebhookDto, examples: CREATE_WEBHOOK_EXAMPLES })
  @ApiCreatedResponse({ type: ToldWebhookView, description: 'Made', headers: CREATED_HEADERS })
  @ApiProblems('malformed_json', 'malformed_request', 'body_too_large', 'webhook_limit_reached')
  @ApiProblems('unsupported_media_type', 'validation_failed', 'idempotency_key_reused')
  async create(
    @CallerOf() { tenant }: Caller,
    @BodyAs(CreateWebhookDto) body: CheckedBody<CreateWebhookDto>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ToldWebhookView> {
    const idempotency = idempotencyOf(request, body.text);
    const made = await this.webhooks.create({ tenant, ...newWebhookOf(body), idempotency });
    announce(reply, `/v1/webhooks/${made.webhook.id}`, made.replayed);
    return ToldWebhookView.ofTold(made);
  }

  /**
   * List webhooks, newest first
   * @remarks Those of the caller's tenant, without their secrets
   */
  @Get()
  @NeedsScope('webhooks:read', ALL)
  @ApiQuery({ type: ListWebhooksDto })
  @ApiOkResponse({ type: WebhookListView, description: 'One page' })
  @ApiProblems('validation_failed')
  async list(
    @CallerOf() { tenant }: Caller,
    @QueryAs(ListWebhooksDto) query: ListWebhooksDto,
  ): Promise<WebhookListView> {
    return WebhookListView.of(await this.webhooks.list(tenant, pageOf(query, 'whk')));
  }

  /**
   * Look at one webhook
   * @remarks With whether it is switched on and how its deliveries went; its secret is never shown again
   */
  @Get(':id')
  @WEBHOOK_ID
  @NeedsScope('webhooks:read', ALL)
  @Tagged()
  @ApiOkResponse({ type: WebhookView, description: 'As it stands now', headers: TAG_HEADERS })
  @NOT_MODIFIED
  @ApiProblems('not_found')
  async find(@CallerOf() { tenant }: Caller, @Param('id') id: string): Promise<WebhookView> {
    return WebhookView.of(await this.webhooks.find(tenant, id));
  }

  /**
   * Change a webhook
   * @remarks Also to switch it off, or on again: then what is pending goes on
   */
  @Patch(':id')
  @WEBHOOK_ID
  @NeedsScope('webhooks:write', ALL)
  @Tagged()
  @ApiBody({ type: PatchWebhookDto, examples: PATCH_WEBHOOK_EXAMPLES })
  @ApiOkResponse({ type: WebhookView, description: 'Changed', headers: TAG_HEADERS })
  @ApiProblems('malformed_json', 'not_found', 'body_too_large', 'unsupported_media_type')
  @ApiProblems('validation_failed')
  async patch(
    @CallerOf() { tenant }: Caller,
    @Param('id') id: string,
    @BodyAs(PatchWebhookDto) body: CheckedBody<PatchWebhookDto>,
  ): Promise<WebhookView> {
    return WebhookView.of(await this.webhooks.patch({ tenant, id, ...webhookPatchOf(body) }));
  }

  /**
   * Remove a webhook
   * @remarks What is pending for it goes with it
   */
  @Delete(':id')
  @WEBHOOK_ID
  @HttpCode(204)
  @NeedsScope('webhooks:write', ALL)
  @ApiNoContentResponse({ description: 'Removed' })
  @ApiProblems('not_found')
  async remove(@CallerOf() { tenant }: Caller, @Param('id') id: string): Promise<void> {
    await this.webhooks.remove(tenant, id);
  }

  /**
   * Give a webhook a new secret. The answer is the only one that ever shows it
   * @remarks The one of before signs along for 24 hours: `webhook-signature` has one signature of each. A
   * rotation whose answer was lost may be made again
   */
  @Post(':id/rotate-secret')
  @WEBHOOK_ID
  @HttpCode(200)
  @NeedsScope('webhooks:write', ALL)
  @ApiOkResponse({ type: ToldWebhookView, description: 'With its new secret' })
  @ApiProblems('malformed_json', 'not_found', 'body_too_large', 'unsupported_media_type')
  @ApiProblems('validation_failed')
  async rotate(
    @CallerOf() { tenant }: Caller,
    @Param('id') id: string,
    @NoBody() _body: null,
  ): Promise<ToldWebhookView> {
    return ToldWebhookView.ofTold(await this.webhooks.rotate(tenant, id));
  }

  /**
   * Send a test event
   * @remarks A `webhook.test` event to this endpoint alone, in the way of all others. Its delivery tells what came of it
   */
  @Post(':id/test')
  @WEBHOOK_ID
  @HttpCode(202)
  @NeedsScope('webhooks:write', ALL)
  @ApiAcceptedResponse({ type: DeliveryView, description: 'On its way' })
  @ApiProblems('malformed_json', 'not_found', 'body_too_large', 'unsupported_media_type')
  @ApiProblems('validation_failed', 'webhook_disabled')
  async test(
    @CallerOf() { tenant }: Caller,
    @Param('id') id: string,
    @NoBody() _body: null,
  ): Promise<DeliveryView> {
    return DeliveryView.of(await this.deliveries.test(tenant, id));
  }

  /**
   * List what became of the events for this endpoint
   * @remarks The newest event first: all that wait, and the newest 1,000 that ended
   */
  @Get(':id/deliveries')
  @WEBHOOK_ID
  @NeedsScope('webhooks:read', ALL)
  @ApiQuery({ type: ListDeliveriesDto })
  @ApiOkResponse({ type: DeliveryListView, description: 'One page' })
  @ApiProblems('not_found', 'validation_failed')
  async log(
    @CallerOf() { tenant }: Caller,
    @Param('id') id: string,
    @QueryAs(ListDeliveriesDto) query: ListDeliveriesDto,
  ): Promise<DeliveryListView> {
    return DeliveryListView.of(await this.deliveries.list(tenant, id, pageOf(query, 'evt')));
  }
}
