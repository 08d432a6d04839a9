// What the OpenAPI document says of every route that steers a migration.
import { applyDecorators } from '@nestjs/common';
import { ApiAcceptedResponse } from '@nestjs/swagger';
import type { ProblemCode } from '../domain/errors.js';
import { TAG_HEADERS } from './api-headers.js';
import { MIGRATION_ID } from './api-parameters.js';
import { ApiProblems } from './api-problems.js';
import { Tagged } from './etags.js';
import { MigrationView } from './migration-view.dto.js';

export const SteersMigration = (...conflicts: readonly ProblemCode[]): MethodDecorator =>
  applyDecorators(
    MIGRATION_ID,
    Tagged(),
    ApiAcceptedResponse({ type: MigrationView, description: 'Decided', headers: TAG_HEADERS }),
    ApiProblems('not_found', 'malformed_json', 'body_too_large', ...conflicts),
    ApiProblems('unsupported_media_type', 'validation_failed'),
  );
