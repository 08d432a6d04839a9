// Credentials over HTTP: secrets go in and never come out.
import { Controller, Delete, Get, HttpCode, Param, Patch, Post, Req, Res } from '@nestjs/common';
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
import { ManageCredentials } from '../use-cases/manage-credentials.js';
import { VerifyCredential } from '../use-cases/verify-credential.js';
import { CallerOf, NeedsScope } from './access.js';
import { CREDENTIAL_ID } from './api-parameters.js';
import { CREATED_HEADERS, IDEMPOTENCY_HEADER, NOT_MODIFIED, TAG_HEADERS } from './api-headers.js';
import { ApiProblems } from './api-problems.js';
import { BodyAs, OptionalBodyAs, type CheckedBody } from './checked-body.js';
import { QueryAs } from './checked-query.js';
import { announce } from './created.js';
import { CREDENTIAL_CHANGES, CREDENTIAL_EXAMPLES } from './credential-examples.js';
import { newCredentialOf, patchOf, resumeOf } from './credential-parts.js';
import {
  CredentialVerificationView,
  VERIFICATION_EXAMPLES,
  VERIFY_EXAMPLES,
  VerifyCredentialDto,
} from './credential-verification.dto.js';
import { CredentialListView, CredentialView } from './credential-view.dto.js';
import { CreateCredentialDto, PatchCredentialDto } from './credential.dto.js';
import { Tagged } from './etags.js';
import { idempotencyOf } from './idempotency.js';
import { ListCredentialsDto } from './list-credentials.dto.js';
import { pageOf } from './list.dto.js';

@Controller('v1/credentials')
export class CredentialsController {
  constructor(
    private readonly credentials: ManageCredentials,
    private readonly verification: VerifyCredential,
  ) {}

  /**
   * Store a credential
   * @remarks Its secrets are encrypted at once and never shown, in no answer, log line or error. Upstream is not asked;
   * `POST /v1/credentials/{id}/verify` does that
   */
  @Post()
  @HttpCode(201)
  @NeedsScope('credentials:write')
  @Tagged()
  @ApiHeader(IDEMPOTENCY_HEADER)
  @ApiBody({ type: CreateCredentialDto, examples: CREDENTIAL_EXAMPLES })
  @ApiCreatedResponse({ type: CredentialView, description: 'Stored', headers: CREATED_HEADERS })
  @ApiProblems('malformed_json', 'malformed_request', 'body_too_large')
  @ApiProblems('unsupported_media_type', 'validation_failed', 'idempotency_key_reused')
  async create(
    @CallerOf() caller: Caller,
    @BodyAs(CreateCredentialDto) body: CheckedBody<CreateCredentialDto>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CredentialView> {
    const idempotency = idempotencyOf(request, body.text);
    const { tenant } = caller;
    const fresh = newCredentialOf(body, caller);
    const made = await this.credentials.create({ tenant, ...fresh, idempotency });
    announce(reply, `/v1/credentials/${made.credential.id}`, made.replayed);
    return CredentialView.of(made.credential);
  }

  /**
   * List credentials, newest first
   * @remarks Those of the caller's tenant, masked
   */
  @Get()
  @NeedsScope('credentials:read')
  @ApiQuery({ type: ListCredentialsDto })
  @ApiOkResponse({ type: CredentialListView, description: 'One page' })
  @ApiProblems('validation_failed')
  async list(
    @CallerOf() { tenant }: Caller,
    @QueryAs(ListCredentialsDto) query: ListCredentialsDto,
  ): Promise<CredentialListView> {
    return CredentialListView.of(await this.credentials.list(tenant, pageOf(query, 'cred')));
  }

  /**
   * Look at one credential
   * @remarks Masked: of its secrets nothing is shown, and of its AccessKeyId eight characters
   */
  @Get(':id')
  @CREDENTIAL_ID
  @NeedsScope('credentials:read')
  @Tagged()
  @ApiOkResponse({ type: CredentialView, description: 'As it stands now', headers: TAG_HEADERS })
  @NOT_MODIFIED
  @ApiProblems('not_found')
  async find(@CallerOf() { tenant }: Caller, @Param('id') id: string): Promise<CredentialView> {
    return CredentialView.of(await this.credentials.find(tenant, id));
  }

  /**
   * Rename a credential, or replace its secret
   * @remarks Migrations in flight use the new secret on their next call. What is left out stays
   */
  @Patch(':id')
  @CREDENTIAL_ID
  @NeedsScope('credentials:write')
  @Tagged()
  @ApiBody({ type: PatchCredentialDto, examples: CREDENTIAL_CHANGES })
  @ApiOkResponse({ type: CredentialView, description: 'Changed', headers: TAG_HEADERS })
  @ApiProblems('malformed_json', 'not_found', 'body_too_large', 'unsupported_media_type')
  @ApiProblems('validation_failed')
  async patch(
    @CallerOf() { tenant }: Caller,
    @Param('id') id: string,
    @BodyAs(PatchCredentialDto) body: CheckedBody<PatchCredentialDto>,
  ): Promise<CredentialView> {
    return CredentialView.of(await this.credentials.patch({ tenant, id, ...patchOf(body) }));
  }

  /**
   * Ask upstream whether it takes the key, by one harmless call
   * @remarks Once upstream has said that it no longer offers the import, nothing more is submitted for the
   * cloud account in that region: its migrations wait. This is told here, and `resume` ends it. A key that
   * upstream refuses resumes nothing
   */
  @Post(':id/verify')
  @CREDENTIAL_ID
  @HttpCode(200)
  @NeedsScope('credentials:write')
  @ApiBody({ type: VerifyCredentialDto, required: false, examples: VERIFY_EXAMPLES })
  @ApiOkResponse({
    type: CredentialVerificationView,
    description: 'What upstream said of the key',
    examples: VERIFICATION_EXAMPLES,
  })
  @ApiProblems('malformed_json', 'malformed_request', 'not_found', 'body_too_large')
  @ApiProblems('unsupported_media_type', 'validation_failed')
  async verify(
    @CallerOf() { tenant }: Caller,
    @Param('id') id: string,
    @OptionalBodyAs(VerifyCredentialDto) body: CheckedBody<VerifyCredentialDto>,
  ): Promise<CredentialVerificationView> {
    const resume = resumeOf(body);
    return CredentialVerificationView.of(await this.verification.verify({ tenant, id, resume }));
  }

  /**
   * Forget a credential
   * @remarks Only one that no migration needs any more: while one that has not ended uses it, the answer is 409
   */
  @Delete(':id')
  @CREDENTIAL_ID
  @HttpCode(204)
  @NeedsScope('credentials:write')
  @ApiNoContentResponse({ description: 'Forgotten' })
  @ApiProblems('not_found', 'credential_in_use')
  async remove(@CallerOf() { tenant }: Caller, @Param('id') id: string): Promise<void> {
    await this.credentials.remove(tenant, id);
  }
}
