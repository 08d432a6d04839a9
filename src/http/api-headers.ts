// Headers as the OpenAPI document shows them.
import { ApiResponse } from '@nestjs/swagger';

export const TAG_HEADERS = {
  ETag: {
    description: 'Of the bytes of the answer; send it as If-None-Match',
    schema: { type: 'string' },
  },
} as const;

export const CREATED_HEADERS = {
  ...TAG_HEADERS,
  Location: { description: 'Path of what was made', schema: { type: 'string' } },
  'Idempotent-Replayed': {
    description: '`true` when an earlier request with this Idempotency-Key made it',
    schema: { type: 'string' },
  },
} as const;

export const IDEMPOTENCY_HEADER = {
  name: 'Idempotency-Key',
  required: false,
  description:
    '1 to 255 visible ASCII characters. For 24 hours the same key and body get the first answer again, and nothing is made twice',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
  example: '7f3a0e52-move-orders',
} as const;

export const NOT_MODIFIED = ApiResponse({
  status: 304,
  description: 'If-None-Match has it already',
});
