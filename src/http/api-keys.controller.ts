// API keys over HTTP: made, listed, revoked, by admins.
import { Controller, Delete, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiQuery,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../domain/access.js';
import { ManageApiKeys } from '../use-cases/manage-api-keys.js';
import { CallerOf, NeedsScope } from './access.js';
import { CREATED_HEADERS, IDEMPOTENCY_HEADER } from './api-headers.js';
import { keyRequestOf } from './api-key-draft.js';
import { ApiKeyListView, CreatedApiKeyView } from './api-key-view.dto.js';
import { API_KEY_EXAMPLES, CreateApiKeyDto } from './api-key.dto.js';
import { API_KEY_ID } from './api-parameters.js';
import { ApiProblems } from './api-problems.js';
import { BodyAs, type CheckedBody } from './checked-body.js';
import { QueryAs } from './checked-query.js';
import { announce } from './created.js';
import { Tagged } from './etags.js';
import { idempotencyOf } from './idempotency.js';
import { ListApiKeysDto } from './list-api-keys.dto.js';
import { pageOf } from './list.dto.js';

@Controller('v1/api-keys')
export class ApiKeysController {
  constructor(private readonly apiKeys: ManageApiKeys) {}

  /**
   * Make an API key. The answer is the only one that ever shows it
   * @remarks Only its digest is kept. With an `Idempotency-Key` the same request gets the same key again
   * for 24 hours, for which it is kept encrypted
   */
  @Post()
  @HttpCode(201)
  @NeedsScope('admin')
  @Tagged()
  @ApiHeader(IDEMPOTENCY_HEADER)
  @ApiBody({ type: CreateApiKeyDto, examples: API_KEY_EXAMPLES })
  @ApiCreatedResponse({ type: CreatedApiKeyView, description: 'Made', headers: CREATED_HEADERS })
  @ApiProblems('malformed_json', 'malformed_request', 'body_too_large')
  @ApiProblems('unsupported_media_type', 'validation_failed', 'idempotency_key_reused')
  async create(
    @CallerOf() caller: Caller,
    @BodyAs(CreateApiKeyDto) body: CheckedBody<CreateApiKeyDto>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CreatedApiKeyView> {
    const idempotency = idempotencyOf(request, body.text);
    const made = await this.apiKeys.create(caller, { ...keyRequestOf(body), idempotency });
    announce(reply, `/v1/api-keys/${made.record.id}`, made.replayed);
    return CreatedApiKeyView.ofCreated(made);
  }

  /**
   * List API keys, newest first, revoked and expired ones too
   * @remarks Those of the own tenant; with a key of the tenant `default` those of every tenant
   */
  @Get()
  @NeedsScope('admin')
  @ApiQuery({ type: ListApiKeysDto })
  @ApiOkResponse({ type: ApiKeyListView, description: 'One page' })
  @ApiProblems('validation_failed')
  async list(
    @CallerOf() caller: Caller,
    @QueryAs(ListApiKeysDto) query: ListApiKeysDto,
  ): Promise<ApiKeyListView> {
    return ApiKeyListView.of(await this.apiKeys.list(caller, pageOf(query, 'key')));
  }

  /**
   * Revoke an API key
   * @remarks It is valid no more from the next request on. Twice is as good as once
   */
  @Delete(':id')
  @API_KEY_ID
  @HttpCode(204)
  @NeedsScope('admin')
  @ApiNoContentResponse({ description: 'Revoked' })
  @ApiProblems('not_found')
  async revoke(@CallerOf() caller: Caller, @Param('id') id: string): Promise<void> {
    await this.apiKeys.revoke(caller, id);
  }
}
