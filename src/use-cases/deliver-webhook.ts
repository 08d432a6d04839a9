/**
 * Looks at one endpoint and sends what is due: a few at a time, at least once each, and never one attempt
 * from two processes.
 *
 * An attempt is begun on record before a byte leaves, which only one process can do. It ends on record
 * with what was answered; where a process dies in between, its lease runs out and the event goes out again
 * under the same id. A look takes its share and ends: a slow endpoint waits in line like all others.
 */
import { Injectable } from '@nestjs/common';
import { begun, ended, type Delivery, type SendOutcome } from '../domain/webhook-delivery.js';
import { LOOK_SLICE_MS, SENDS_AT_ONCE } from '../domain/webhook-policy.js';
import type { Webhook } from '../domain/webhook.js';
import { Clock, Journal, Shutdown } from './ports.js';
import {
  WebhookDeliveries,
  WebhookSecrets,
  WebhookSender,
  WebhookStore,
} from './ports-webhooks.js';

@Injectable()
export class DeliverWebhook {
  /** Endpoints that this process is sending to: one look at each is enough. */
  private readonly underWay = new Set<string>();

  constructor(
    private readonly store: WebhookStore,
    private readonly deliveries: WebhookDeliveries,
    private readonly secrets: WebhookSecrets,
    private readonly sender: WebhookSender,
    private readonly clock: Clock,
    private readonly journal: Journal,
    private readonly shutdown: Shutdown,
  ) {}

  /** When to look again (ms): at once when more is due; null when nothing is, and what comes later wakes. */
  async look(id: string): Promise<number | null> {
    if (this.underWay.has(id)) return null;
    this.underWay.add(id);
    try {
      const until = this.clock.now() + LOOK_SLICE_MS;
      while (!this.shutdown.isUnderWay) {
        if (!(await this.sendSome(id))) return null;
        if (this.clock.now() >= until) return this.clock.now();
      }
      return null;
    } finally {
      this.underWay.delete(id);
    }
  }

  /** Whether there may be more. */
  private async sendSome(id: string): Promise<boolean> {
    const webhook = await this.store.any(id);
    if (webhook === null || webhook.disabled !== null) return false;
    const due = await this.deliveries.dueOf(id, this.clock.now(), SENDS_AT_ONCE);
    await Promise.all(due.map((delivery) => this.attempt(webhook, delivery)));
    return due.length === SENDS_AT_ONCE;
  }

  private async attempt(webhook: Webhook, before: Delivery): Promise<void> {
    const atMs = this.clock.now();
    const after = begun(before, atMs);
    const step = { before, after, begins: true, disables: null, atMs };
    // Another process was faster, or nobody wants it any more.
    if ((await this.deliveries.apply(step)) !== 'applied') return;
    const outcome = await this.send(webhook, after, atMs);
    await this.note(after, outcome);
  }

  private async send(webhook: Webhook, delivery: Delivery, atMs: number): Promise<SendOutcome> {
    const { id: webhookId, url } = webhook;
    const { eventId, body } = delivery;
    let opened;
    try {
      opened = this.secrets.open(webhook);
    } catch {
      this.journal.warn('the secret of a webhook cannot be opened', { webhookId });
      return { kind: 'unsent', error: 'secret_unreadable' };
    }
    const secrets = opened
      .filter(({ until }) => until === null || until > atMs)
      .map(({ secret }) => secret);
    return this.sender.send({ url, eventId, body: body ?? '', atMs, secrets });
  }

  private async note(before: Delivery, outcome: SendOutcome): Promise<void> {
    const atMs = this.clock.now();
    const { after, disables } = ended(before, outcome, atMs);
    await this.deliveries.apply({ before, after, begins: false, disables, atMs });
    if (outcome.kind === 'taken') return;
    const { webhookId, tenant, eventId } = before;
    const why = outcome.kind === 'unsent' ? outcome.error : `answered ${outcome.status}`;
    const facts = { webhookId, tenant, eventId, why, failures: after.failures };
    this.journal.warn('a delivery failed', facts);
  }
}
