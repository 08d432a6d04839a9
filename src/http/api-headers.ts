// Headers as the OpenAPI document shows them.
import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiResponse } from '@nestjs/swagger';

/** On every answer to a valid key. */
export const LIMIT_HEADERS = {
  RateLimit: {
    description: '`r`: requests that the key has left; `t`: seconds until it has all of them again',
    schema: { type: 'string', example: '"default";r=5999;t=60' },
  },
  'RateLimit-Policy': {
    description: '`q`: requests that a key has in `w` seconds',
    schema: { type: 'string', example: '"default";q=6000;w=60' },
  },
} as const;

export const TAG_HEADERS = {
  ETag: {
    description: 'Of the bytes of the answer; send it as If-None-Match',
    required: true,
    schema: { type: 'string', pattern: '^"[A-Za-z0-9_-]{43}"$', maxLength: 45 },
  },
} as const;

export const CREATED_HEADERS = {
  ...TAG_HEADERS,
  Location: {
    description: 'Path of what was made',
    required: true,
    schema: {
      ...{ type: 'string', pattern: '^/v1/[a-z-]+/[a-z]{2,5}_[0-9A-Za-z]{1,64}$', maxLength: 100 },
    },
  },
  'Idempotent-Replayed': {
    description: '`true` when an earlier request with this Idempotency-Key made it',
    schema: { type: 'string', pattern: '^true$', maxLength: 4 },
  },
} as const;

export const IDEMPOTENCY_HEADER = {
  name: 'Idempotency-Key',
  required: false,
  description:
    '1 to 255 visible ASCII characters. For 24 hours the same key and body get the first answer again, and nothing is made twice',
  schema: {
    ...{ type: 'string', pattern: '^[!-~]{1,255}$', minLength: 1, maxLength: 255 },
    example: '7f3a0e52-move-orders',
  },
} as const;

/** For reads of one resource. */
export const NOT_MODIFIED = applyDecorators(
  ApiHeader({
    name: 'If-None-Match',
    required: false,
    description: 'ETags of earlier answers; 304 without a body when one of them is still right',
    schema: { type: 'string', example: '"w7Yt1mXr8sZ0bq3kq1b0m2kqz5mJ6m8m0b4kq2r9s1Y"' },
  }),
  ApiResponse({ status: 304, description: 'If-None-Match has it already' }),
);
