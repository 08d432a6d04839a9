// What the HTTP floor needs for webhooks: the use cases over stores in memory.
import type { Provider } from '@nestjs/common';
import { InspectDeliveries } from '../../src/use-cases/inspect-deliveries.js';
import { ManageWebhooks } from '../../src/use-cases/manage-webhooks.js';
import {
  WebhookDeliveries,
  WebhookSecrets,
  WebhookSender,
  WebhookStore,
} from '../../src/use-cases/ports-webhooks.js';
import { MemorySender, MemoryWebhookSecrets } from '../support/memory-sender.js';
import {
  MemoryWebhookDeliveries,
  MemoryWebhookStore,
  WebhookShelf,
} from '../support/memory-webhooks.js';

export interface WebhookParts {
  readonly shelf: WebhookShelf;
  readonly providers: readonly Provider[];
}

export function webhookParts(): WebhookParts {
  const shelf = new WebhookShelf();
  return {
    shelf,
    providers: [
      ...[ManageWebhooks, InspectDeliveries],
      { provide: WebhookStore, useValue: new MemoryWebhookStore(shelf) },
      { provide: WebhookDeliveries, useValue: new MemoryWebhookDeliveries(shelf) },
      { provide: WebhookSender, useValue: new MemorySender() },
      { provide: WebhookSecrets, useValue: new MemoryWebhookSecrets() },
    ],
  };
}
