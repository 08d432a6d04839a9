// Events become deliveries, each once for each webhook that wants it, whichever processes do it and wherever they die.
import { Injectable } from '@nestjs/common';
import type { ServiceEvent } from '../domain/event.js';
import { freshDelivery } from '../domain/webhook-delivery.js';
import { FAN_OUT_PAGE, MAX_WEBHOOKS } from '../domain/webhook-policy.js';
import { wants, type Webhook } from '../domain/webhook.js';
import { eventText } from './event-text.js';
import { Clock, Journal, Settings, Wakes } from './ports.js';
import { EventLog } from './ports-events.js';
import { Figures } from './ports-figures.js';
import { WebhookDeliveries, WebhookStore } from './ports-webhooks.js';

const DAY_MS = 86_400_000;
/** Webhooks that are woken with one round; more come with the next. */
const MOST_WOKEN = 1_000;
const PRUNE_PAGE = 200;

@Injectable()
export class FanOutEvents {
  constructor(
    private readonly events: EventLog,
    private readonly store: WebhookStore,
    private readonly deliveries: WebhookDeliveries,
    private readonly wakes: Wakes,
    private readonly settings: Settings,
    private readonly clock: Clock,
    private readonly journal: Journal,
    private readonly figures: Figures,
  ) {}

  /** Costs a few reads where nothing is new. */
  async run(): Promise<void> {
    while (await this.page());
    // After them: what became no deliveries yet stays in the log of all.
    await this.events.file();
    await this.wake();
  }

  /** Drops from the logs what is older than is kept. */
  async prune(): Promise<void> {
    const before = this.clock.now() - this.settings.retentionDays * DAY_MS;
    let afterId: string | null = null;
    do {
      const page = await this.store.ids({ limit: PRUNE_PAGE, afterId });
      for (const id of page.items) await this.deliveries.prune(id, before);
      afterId = page.nextAfterId;
    } while (afterId !== null);
  }

  /** Whether there may be more. */
  private async page(): Promise<boolean> {
    const from = await this.deliveries.cursor();
    if (from === null) return false;
    const newest = await this.events.newestId();
    const now = this.clock.now();
    if (newest < from) {
      // Of a log that has lost events since: it goes on behind those there are.
      this.journal.warn('the log of events has lost some that webhooks waited for', { from });
      await this.deliveries.fanOut({ from, to: newest, deliveries: [], webhooks: [], atMs: now });
      return true;
    }
    const events = await this.after(from);
    const last = events.at(-1);
    if (last === undefined) return false;
    // Read after the events: a webhook that is not among them was made after they were written.
    const webhooks = await this.webhooksOf(events);
    const deliveries = events.flatMap((event) =>
      webhooks
        .filter((webhook) => wants(webhook, event))
        .map(({ id: webhookId, tenant }) => {
          const names = { webhookId, tenant, eventId: event.id, type: event.type };
          return freshDelivery({ ...names, body: eventText(event) }, now);
        }),
    );
    // Behind: another process was faster, and what it has left is the next page.
    const page = { from, to: last.id, deliveries, webhooks, atMs: now };
    if ((await this.deliveries.fanOut(page)) === 'moved') this.note(events);
    return true;
  }

  /** Here, where each event is passed once by one process alone. */
  private note(events: readonly ServiceEvent[]): void {
    for (const { type, tenant, data } of events) {
      if (type === 'webhook.deliveries_dropped') {
        this.journal.warn('deliveries of a webhook were dropped', { tenant, ...data });
      }
      if (type !== 'webhook.disabled') continue;
      this.journal.warn('a webhook was disabled', { tenant, ...data });
      this.figures.webhookDisabled();
    }
  }

  private async after(from: string): Promise<readonly ServiceEvent[]> {
    const events = await this.events.after(from, FAN_OUT_PAGE);
    if (events !== null) return events;
    this.journal.warn('events may have been dropped before webhooks were told of them', { from });
    return (await this.events.oldest(FAN_OUT_PAGE)).filter(({ id }) => id > from);
  }

  private async webhooksOf(events: readonly ServiceEvent[]): Promise<readonly Webhook[]> {
    const tenants = [...new Set(events.map(({ tenant }) => tenant))];
    const page = { limit: MAX_WEBHOOKS, afterId: null };
    const pages = await Promise.all(tenants.map((tenant) => this.store.list(tenant, page)));
    return pages.flatMap(({ items }) => items);
  }

  /**
   * Made anew from what is due, each time: no wake-up can be lost for longer than a round. The same one
   * made twice is one job while it lasts.
   */
  private async wake(): Promise<void> {
    const now = this.clock.now();
    const due = await this.deliveries.due(now, MOST_WOKEN);
    await this.wakes.wake(
      due.map(({ webhookId, dueAt }) => ({
        ...{ to: 'deliver', migrationId: webhookId, version: String(dueAt), atMs: now },
      })),
    );
  }
}
