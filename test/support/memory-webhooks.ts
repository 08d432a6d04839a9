// The in-memory twins of what webhooks are kept in: they pass the same contract as those in Redis.
import { timePart } from '../../src/adapters/id-time.js';
import {
  BODY_BYTES,
  DELIVERY_BYTES,
  MAX_BACKLOG_BYTES,
  MAX_ENDED_DELIVERIES,
  MAX_WEBHOOKS,
} from '../../src/domain/webhook-policy.js';
import type { Delivery } from '../../src/domain/webhook-delivery.js';
import {
  disabledEvent,
  droppedEvent,
  type Disabled,
  type Webhook,
} from '../../src/domain/webhook.js';
import type { Page } from '../../src/use-cases/ports.js';
import {
  WebhookDeliveries,
  WebhookStore,
  type CreateWebhookOutcome,
  type DeliveryStep,
  type FanOutPage,
} from '../../src/use-cases/ports-webhooks.js';
import { MemoryEventLog } from './memory-events.js';

interface PageQuery {
  readonly limit: number;
  readonly afterId: string | null;
}

/** What both keep, so that one step can change both. */
export class WebhookShelf {
  readonly webhooks = new Map<string, Webhook>();
  readonly deliveries = new Map<string, Map<string, Delivery>>();
  readonly endings = new Map<string, string[]>();
  readonly firsts = new Map<string, { readonly hash: string; readonly webhook: Webhook }>();
  cursor: string | null = null;

  constructor(
    readonly events = new MemoryEventLog(),
    private readonly mostBytes = MAX_BACKLOG_BYTES,
  ) {}

  of(webhookId: string): Map<string, Delivery> {
    const own = this.deliveries.get(webhookId) ?? new Map<string, Delivery>();
    this.deliveries.set(webhookId, own);
    return own;
  }

  pendingOf(webhookId: string): readonly Delivery[] {
    return [...this.of(webhookId).values()]
      .filter(({ dueAt }) => dueAt !== null)
      .toSorted((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0) || (a.eventId < b.eventId ? -1 : 1));
  }

  disable(id: string, reason: 'endpoint_gone' | 'only_failures', at: number) {
    const webhook = this.webhooks.get(id);
    if (webhook === undefined) return;
    this.webhooks.set(id, { ...webhook, disabled: { at, reason } });
    this.events.add(disabledEvent(webhook, reason, at), at);
  }

  /** Of the oldest events, until no more waits for a tenant than may. */
  dropOldest(tenant: string, at: number): void {
    const own = [...this.webhooks.values()].filter((webhook) => webhook.tenant === tenant);
    const pending = own
      .flatMap(({ id }) => this.pendingOf(id))
      .toSorted((a, b) => (a.eventId < b.eventId ? -1 : 1));
    const bodies = new Map(pending.map(({ eventId, body }) => [eventId, body?.length ?? 0]));
    let bytes = pending.length * DELIVERY_BYTES;
    for (const length of bodies.values()) bytes += length + BODY_BYTES;
    const dropped = new Map<string, number>();
    for (const [eventId, length] of bodies) {
      if (bytes <= this.mostBytes) break;
      bytes -= length + BODY_BYTES;
      for (const { webhookId } of pending.filter((delivery) => delivery.eventId === eventId)) {
        bytes -= DELIVERY_BYTES;
        this.of(webhookId).delete(eventId);
        dropped.set(webhookId, (dropped.get(webhookId) ?? 0) + 1);
      }
    }
    for (const [id, count] of dropped) this.events.add(droppedEvent({ id, tenant }, at, count), at);
  }
}

export class MemoryWebhookStore extends WebhookStore {
  constructor(readonly shelf = new WebhookShelf()) {
    super();
  }

  override async create(
    webhook: Webhook,
    idempotency: { readonly key: string; readonly hash: string } | null,
  ): Promise<CreateWebhookOutcome> {
    const { webhooks, firsts } = this.shelf;
    const name = idempotency && JSON.stringify([webhook.tenant, idempotency.key]);
    const first = name === null ? undefined : firsts.get(name);
    if (first !== undefined && first.hash !== idempotency?.hash) return { kind: 'key_reused' };
    if (first !== undefined) return { kind: 'replayed', webhook: first.webhook };
    const own = [...webhooks.values()].filter(({ tenant }) => tenant === webhook.tenant);
    if (own.length >= MAX_WEBHOOKS) return { kind: 'full' };
    webhooks.set(webhook.id, webhook);
    this.shelf.cursor ??= webhook.afterEventId;
    if (name !== null && idempotency !== null) {
      firsts.set(name, { hash: idempotency.hash, webhook });
    }
    return { kind: 'created' };
  }

  override async find(tenant: string, id: string): Promise<Webhook | null> {
    const webhook = this.shelf.webhooks.get(id);
    return webhook?.tenant === tenant ? webhook : null;
  }

  override async any(id: string): Promise<Webhook | null> {
    return this.shelf.webhooks.get(id) ?? null;
  }

  override async list(tenant: string, page: PageQuery): Promise<Page<Webhook>> {
    const own = [...this.shelf.webhooks.values()].filter((each) => each.tenant === tenant);
    return pageOf(own, (webhook) => webhook.id, page);
  }

  override async ids({ limit, afterId }: PageQuery): Promise<Page<string>> {
    const all = [...this.shelf.webhooks.keys()].toSorted();
    const after = all.filter((id) => afterId === null || id > afterId);
    const items = after.slice(0, limit);
    return { items, nextAfterId: after.length > limit ? (items.at(-1) ?? null) : null };
  }

  override async replace(
    webhook: Webhook,
    switched?: Disabled | null,
  ): Promise<'replaced' | 'stale' | 'gone'> {
    const present = this.shelf.webhooks.get(webhook.id);
    if (present?.tenant !== webhook.tenant) return 'gone';
    if (present.version !== webhook.version - 1) return 'stale';
    const { lastSuccessAt } = present;
    const disabled = switched === undefined ? present.disabled : switched;
    this.shelf.webhooks.set(webhook.id, { ...webhook, disabled, lastSuccessAt });
    return 'replaced';
  }

  override async remove(tenant: string, id: string): Promise<'removed' | 'gone'> {
    if (this.shelf.webhooks.get(id)?.tenant !== tenant) return 'gone';
    this.shelf.webhooks.delete(id);
    this.shelf.deliveries.delete(id);
    this.shelf.endings.delete(id);
    return 'removed';
  }
}

export class MemoryWebhookDeliveries extends WebhookDeliveries {
  constructor(readonly shelf: WebhookShelf) {
    super();
  }

  override async cursor(): Promise<string | null> {
    return this.shelf.cursor;
  }

  override async fanOut(page: FanOutPage): Promise<'moved' | 'behind'> {
    if (this.shelf.cursor !== page.from) return 'behind';
    this.shelf.cursor = page.to;
    for (const delivery of page.deliveries) {
      if (!this.isOpen(delivery.webhookId)) continue;
      this.shelf.of(delivery.webhookId).set(delivery.eventId, delivery);
    }
    const tenants = new Set(page.deliveries.map(({ tenant }) => tenant));
    for (const tenant of tenants) this.shelf.dropOldest(tenant, page.atMs);
    return 'moved';
  }

  override async add(delivery: Delivery): Promise<'added' | 'refused'> {
    if (!this.isOpen(delivery.webhookId)) return 'refused';
    this.shelf.of(delivery.webhookId).set(delivery.eventId, delivery);
    return 'added';
  }

  override async due(
    nowMs: number,
    limit: number,
  ): Promise<readonly { readonly webhookId: string; readonly dueAt: number }[]> {
    return [...this.shelf.webhooks.keys()]
      .filter((id) => this.isOpen(id))
      .map((webhookId) => ({ webhookId, dueAt: this.shelf.pendingOf(webhookId)[0]?.dueAt ?? null }))
      .flatMap(({ webhookId, dueAt }) => (dueAt === null ? [] : [{ webhookId, dueAt }]))
      .filter(({ dueAt }) => dueAt <= nowMs)
      .toSorted((a, b) => a.dueAt - b.dueAt)
      .slice(0, limit);
  }

  override async dueOf(
    webhookId: string,
    nowMs: number,
    limit: number,
  ): Promise<readonly Delivery[]> {
    const pending = this.shelf.pendingOf(webhookId);
    return pending.filter(({ dueAt }) => dueAt !== null && dueAt <= nowMs).slice(0, limit);
  }

  override async apply(step: DeliveryStep): Promise<'applied' | 'stale' | 'gone' | 'disabled'> {
    const { before, after, begins, disables, atMs } = step;
    const { webhookId: id, eventId } = before;
    const webhook = this.shelf.webhooks.get(id);
    const present = this.shelf.of(id).get(eventId);
    if (webhook === undefined || present === undefined) return 'gone';
    if (present.version !== before.version) return 'stale';
    if (begins && webhook.disabled !== null) return 'disabled';
    this.shelf.of(id).set(eventId, after);
    if (after.status === 'delivered') {
      this.shelf.webhooks.set(id, { ...webhook, lastSuccessAt: atMs });
    }
    if (after.dueAt === null) this.noteEnding(id, eventId);
    const hasLived =
      disables === 'only_failures' &&
      webhook.lastSuccessAt !== null &&
      webhook.lastSuccessAt >= (after.firstBegunAt ?? 0);
    if (disables !== null && webhook.disabled === null && !hasLived) {
      this.shelf.disable(id, disables, atMs);
    }
    return 'applied';
  }

  override async list(webhookId: string, page: PageQuery): Promise<Page<Delivery>> {
    return pageOf([...this.shelf.of(webhookId).values()], ({ eventId }) => eventId, page);
  }

  override async prune(webhookId: string, beforeMs: number): Promise<void> {
    const own = this.shelf.of(webhookId);
    for (const eventId of [...own.keys()]) {
      if (eventId < `evt_${timePart(beforeMs)}`) own.delete(eventId);
    }
  }

  private isOpen(id: string): boolean {
    return this.shelf.webhooks.get(id)?.disabled === null;
  }

  private noteEnding(id: string, eventId: string): void {
    const endings = [...(this.shelf.endings.get(id) ?? []), eventId];
    const dropped = endings.slice(0, Math.max(0, endings.length - MAX_ENDED_DELIVERIES));
    for (const old of dropped) this.shelf.of(id).delete(old);
    this.shelf.endings.set(id, endings.slice(dropped.length));
  }
}

function pageOf<T>(
  all: readonly T[],
  idOf: (one: T) => string,
  { limit, afterId }: PageQuery,
): Page<T> {
  const newest = all
    .filter((one) => afterId === null || idOf(one) < afterId)
    .toSorted((a, b) => (idOf(a) < idOf(b) ? 1 : -1));
  const items = newest.slice(0, limit);
  const last = items.at(-1);
  return {
    items,
    nextAfterId: newest.length > limit && last !== undefined ? idOf(last) : null,
  };
}
