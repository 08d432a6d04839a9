// Streams of events as the OpenAPI document shows them.
import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiOkResponse } from '@nestjs/swagger';
import { EVENT_TYPES } from '../domain/event.js';
import type { ProblemCode } from '../domain/errors.js';
import { ApiProblems } from './api-problems.js';

const BATCH = 'bat_01jdemoq4y7z8b9c0d1e2f3g4h';

const migration = {
  ...{ id: 'evt_01jdemqr4y0000000000000000', type: 'migration.importing' },
  ...{ at: '2026-12-01T14:00:00.000Z', tenant: 'acme' },
  data: {
    ...{ migrationId: 'mig_01jdemoq4y7z8b9c0d1e2f3g4h', batchId: BATCH },
    ...{ sourceInstanceId: 'rm-g4a1jk8xxxxxxx', targetInstanceId: 'rm-uf6wjk5xxxxxxx' },
    ...{ importId: '85265475235', attempt: 1, version: 5 },
    ...{ from: 'submitting', to: 'importing', code: null, message: null },
  },
};

const batch = {
  ...{ id: 'evt_01jdemqs3z0000000000000000', type: 'batch.progress' },
  ...{ at: '2026-12-01T14:00:01.023Z', tenant: 'acme' },
  data: {
    ...{ batchId: BATCH, name: 'Move the shops', status: 'running', progress: 0.25 },
    counts: {
      ...{ total: 4, scheduled: 0, queued: 2, checking: 0, submitting: 0, importing: 1 },
      ...{ canceling: 0, outcomeUnknown: 0, succeeded: 1, failed: 0, canceled: 0 },
    },
  },
};

/** As streams and webhooks tell them. */
export const EVENT_EXAMPLES = { migration, batch };

const blockOf = (event: { readonly id: string; readonly type: string }): string =>
  `event: ${event.type}\nid: ${event.id}\ndata: ${JSON.stringify(event)}\n\n`;

const START = ': events from here on\nid: evt_01jdemqqe20000000000000000\nretry: 2000\n\n';
const BEAT = ': still here\nid: evt_01jdemqs3z0000000000000000\n\n';

const LAST_EVENT_ID = ApiHeader({
  name: 'Last-Event-ID',
  required: false,
  description:
    'Id of the last event that was told: it goes on after that one, with none lost and none repeated. From now on when left out',
  schema: {
    ...{ type: 'string', pattern: '^evt_[0-9a-hjkmnp-tv-z]{26}$', maxLength: 30 },
    example: 'evt_01jdemqr4y0000000000000000',
  },
});

const STREAM = ApiOkResponse({
  description: `The stream. Blocks with nothing but an id move the place to go on from. Types: ${EVENT_TYPES.join(', ')}`,
  content: {
    'text/event-stream': {
      schema: { type: 'string' },
      example: START + blockOf(migration) + blockOf(batch) + BEAT,
    },
  },
});

/** For routes that answer with a stream. Above NeedsScope: it adds to what that says of 429. */
export const StreamsEvents = (...more: readonly ProblemCode[]): MethodDecorator =>
  applyDecorators(
    LAST_EVENT_ID,
    STREAM,
    ApiProblems('last_event_id_invalid', 'events_dropped', 'validation_failed', ...more),
    ApiProblems('rate_limited', 'too_many_streams'),
  );
