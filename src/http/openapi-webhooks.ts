// What a webhook is sent, as the OpenAPI document shows it: for those who write the receiver.
import { TENANT } from '../domain/api-key.js';
import { TOLD_TYPES } from '../domain/webhook.js';
import { EVENT_EXAMPLES } from './event-examples.js';

const EVENT = {
  type: 'object',
  description: 'The same as on a stream of events',
  required: ['id', 'type', 'at', 'tenant', 'data'],
  properties: {
    id: {
      ...{ type: 'string', pattern: '^evt_[0-9a-hjkmnp-tv-z]{26}$', maxLength: 30 },
      description:
        'One for each event, however often it is sent: what was seen before is a repetition',
    },
    type: { type: 'string', enum: [...TOLD_TYPES, 'webhook.test'] },
    at: { type: 'string', format: 'date-time', maxLength: 24, description: 'When it happened' },
    tenant: { type: 'string', pattern: TENANT.source, maxLength: 63 },
    data: {
      ...{ type: 'object', additionalProperties: true },
      description: 'What it is about: ids, and what is known of them then',
    },
  },
  additionalProperties: false,
};

const header = (name: string, description: string, example: string): object => ({
  ...{ name, in: 'header', required: true, description, example },
  schema: { type: 'string', maxLength: 1_024, pattern: '^[ -~]+$' },
});

const EXAMPLES = Object.fromEntries(
  Object.entries(EVENT_EXAMPLES).map(([name, value]) => [name, { summary: value.type, value }]),
);

/** The part `webhooks` of the document. */
export const toldToWebhooks = (): object => ({
  event: {
    post: {
      operationId: 'webhooks.told',
      tags: ['Webhooks'],
      summary: 'An event, sent to your endpoint',
      description:
        'Signed by Standard Webhooks. Check the signature over the body as it came, and that the time is near. ' +
        'An event may come more than once and out of order: go by its id.',
      security: [],
      parameters: [
        header('webhook-id', 'The id of the event', EVENT_EXAMPLES.migration.id),
        header('webhook-timestamp', 'When it was sent: seconds since the epoch', '1764597600'),
        header(
          'webhook-signature',
          'One or, while a secret is replaced, several signatures with spaces between them',
          'v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=',
        ),
      ],
      requestBody: {
        required: true,
        content: { 'application/json': { schema: EVENT, examples: EXAMPLES } },
      },
      responses: {
        '2XX': { description: 'You have it. Anything else, and silence, is tried again for a day' },
        '410': { description: 'You want no more: the webhook is disabled' },
      },
    },
  },
});
