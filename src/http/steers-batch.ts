// What the OpenAPI document says of every route that steers a batch.
import { applyDecorators } from '@nestjs/common';
import { ApiAcceptedResponse } from '@nestjs/swagger';
import type { ProblemCode } from '../domain/errors.js';
import { TAG_HEADERS } from './api-headers.js';
import { BATCH_ID } from './api-parameters.js';
import { ApiProblems } from './api-problems.js';
import { BatchView } from './batch-view.dto.js';
import { Tagged } from './etags.js';

export const SteersBatch = (conflict: ProblemCode): MethodDecorator =>
  applyDecorators(
    BATCH_ID,
    Tagged(),
    ApiAcceptedResponse({ type: BatchView, description: 'Decided', headers: TAG_HEADERS }),
    ApiProblems('not_found', conflict, 'malformed_json', 'body_too_large'),
    ApiProblems('unsupported_media_type', 'validation_failed'),
  );
