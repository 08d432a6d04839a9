// Shows what became of the deliveries of a webhook, and sends it an event that says nothing, to see it arrive.
import { Injectable } from '@nestjs/common';
import { instantText } from './event-text.js';
import { Problem } from '../domain/errors.js';
import { freshDelivery, type Delivery } from '../domain/webhook-delivery.js';
import { TEST_TYPE, type Webhook } from '../domain/webhook.js';
import { Clock, Ids, type Page } from './ports.js';
import { WebhookDeliveries, WebhookStore } from './ports-webhooks.js';

@Injectable()
export class InspectDeliveries {
  constructor(
    private readonly store: WebhookStore,
    private readonly deliveries: WebhookDeliveries,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  /** The newest event first. Throws Problem: not_found. */
  async list(
    tenant: string,
    id: string,
    page: { readonly limit: number; readonly afterId: string | null },
  ): Promise<Page<Delivery>> {
    await this.existing(tenant, id);
    return this.deliveries.list(id, page);
  }

  /** On its way as any other, to this endpoint alone. Throws Problem: not_found, webhook_disabled. */
  async test(tenant: string, id: string): Promise<Delivery> {
    const { disabled } = await this.existing(tenant, id);
    const now = this.clock.now();
    const event = {
      ...{
        id: this.ids.make('evt', now),
        type: TEST_TYPE,
        at: instantText(now),
        tenant,
      },
      data: { webhookId: id },
    };
    const body = JSON.stringify(event);
    const names = { webhookId: id, tenant, eventId: event.id };
    const delivery = freshDelivery({ ...names, type: TEST_TYPE, body }, now);
    const isAdded = disabled === null && (await this.deliveries.add(delivery)) === 'added';
    if (isAdded) return delivery;
    throw new Problem('webhook_disabled', 'Enable the webhook first: nothing is sent to it now.');
  }

  private async existing(tenant: string, id: string): Promise<Webhook> {
    const webhook = await this.store.find(tenant, id);
    if (webhook === null) throw new Problem('not_found', 'There is no such webhook.');
    return webhook;
  }
}
