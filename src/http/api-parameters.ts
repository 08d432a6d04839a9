// Parameters of paths, and the one header of every request, as the OpenAPI document shows them.
import { ApiParam } from '@nestjs/swagger';

export const CREDENTIAL_ID = ApiParam({
  name: 'id',
  type: String,
  description: 'Id of the credential',
  example: 'cred_01jdemoq4y7z8b9c0d1e2f3g4h',
});

export const MIGRATION_ID = ApiParam({
  name: 'id',
  type: String,
  description: 'Id of the migration',
  example: 'mig_01jdemoq4y7z8b9c0d1e2f3g4h',
});

export const BATCH_ID = ApiParam({
  name: 'id',
  type: String,
  description: 'Id of the batch',
  example: 'bat_01jdemoq4y7z8b9c0d1e2f3g4h',
});

export const API_KEY_ID = ApiParam({
  name: 'id',
  type: String,
  description: 'Id of the API key',
  example: 'key_01jdemoq4y7z8b9c0d1e2f3g4h',
});

export const WEBHOOK_ID = ApiParam({
  name: 'id',
  type: String,
  description: 'Id of the webhook',
  example: 'whk_01jdemoq4y7z8b9c0d1e2f3g4h',
});

export const IMPORT_ID = ApiParam({
  name: 'importId',
  type: String,
  description: "Upstream's id of the import",
  example: '85265475235',
});

export const REQUEST_ID_PARAMETER = {
  name: 'X-Request-Id',
  in: 'header',
  required: false,
  description: 'Comes back in the answer and in every log line of the request; made when left out',
  schema: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,128}$', example: 'order-4711' },
} as const;
