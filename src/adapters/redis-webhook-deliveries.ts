// Deliveries in Redis: an event becomes them once, an attempt is begun by one process, and every write is one script.
import { MAX_BACKLOG_BYTES, MAX_ENDED_DELIVERIES } from '../domain/webhook-policy.js';
import type { Delivery } from '../domain/webhook-delivery.js';
import { disabledEvent, droppedEvent, type Disabled } from '../domain/webhook.js';
import type { Page } from '../use-cases/ports.js';
import {
  WebhookDeliveries,
  type DeliveryStep,
  type FanOutPage,
} from '../use-cases/ports-webhooks.js';
import { writeEvent } from './event-record.js';
import { timePart } from './id-time.js';
import type { RedisClient } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';
import { RedisScript } from './redis-script.js';

const BACKLOG = new URL('./webhook-backlog.lua', import.meta.url);
const FAN_OUT = new RedisScript(new URL('./webhook-fan-out.lua', import.meta.url), BACKLOG);
const STEP = new RedisScript(new URL('./delivery-step.lua', import.meta.url), BACKLOG);
const PRUNE = new RedisScript(new URL('./delivery-prune.lua', import.meta.url), BACKLOG);

/** Dropped with one script. */
const PRUNE_CHUNK = 500;

export class RedisWebhookDeliveries extends WebhookDeliveries {
  constructor(
    private readonly redis: RedisClient,
    private readonly keys: RedisKeys,
    private readonly mostBytes = MAX_BACKLOG_BYTES,
  ) {
    super();
  }

  override async cursor(): Promise<string | null> {
    return this.redis.get(this.keys.webhookCursor());
  }

  override async fanOut(page: FanOutPage): Promise<'moved' | 'behind'> {
    return (await this.addAll(page)) === null ? 'behind' : 'moved';
  }

  override async add(delivery: Delivery): Promise<'added' | 'refused'> {
    const { webhookId: id, tenant, createdAt: atMs } = delivery;
    const page = { from: '', to: '', deliveries: [delivery], webhooks: [{ id, tenant }], atMs };
    return (await this.addAll(page)) === 1 ? 'added' : 'refused';
  }

  override async due(
    nowMs: number,
    limit: number,
  ): Promise<readonly { readonly webhookId: string; readonly dueAt: number }[]> {
    const row = this.keys.webhooksDue();
    const range = [row, '-inf', nowMs, 'WITHSCORES', 'LIMIT', 0, limit] as const;
    const flat = await this.redis.zrangebyscore(...range);
    return flat.flatMap((webhookId, index) =>
      index % 2 === 0 ? [{ webhookId, dueAt: Number(flat[index + 1]) }] : [],
    );
  }

  override async dueOf(
    webhookId: string,
    nowMs: number,
    limit: number,
  ): Promise<readonly Delivery[]> {
    const row = this.keys.deliveriesDue(webhookId);
    const ids = await this.redis.zrangebyscore(row, '-inf', nowMs, 'LIMIT', 0, limit);
    // Between the two reads another process may have begun one: that is under way, not cut off.
    const read = await this.read(webhookId, ids);
    return read.filter(({ dueAt }) => dueAt !== null && dueAt <= nowMs);
  }

  override async apply(step: DeliveryStep): Promise<'applied' | 'stale' | 'gone' | 'disabled'> {
    const { before, after, begins, disables, atMs } = step;
    const { webhookId: id, tenant, eventId } = before;
    const { keys } = this;
    const own = [keys.webhook(id), keys.deliveries(id), keys.deliveryLog(id)];
    const rows = [keys.deliveriesDue(id), keys.deliveriesEnded(id), keys.webhooksDue()];
    const disabled: Disabled | null = disables === null ? null : { at: atMs, reason: disables };
    const reply = await STEP.run(
      this.redis,
      [...own, ...rows, keys.events(), keys.backlog(tenant), keys.backlogOrder(tenant)],
      [
        ...[id, eventId, before.version, write(after), begins ? 'begin' : 'end'],
        ...[after.dueAt ?? '', atMs, after.status === 'delivered' ? '1' : ''],
        disabled === null ? '' : JSON.stringify(disabled),
        disables === 'only_failures' ? (after.firstBegunAt ?? '') : '',
        disables === null ? '' : writeEvent(disabledEvent({ id, tenant }, disables, atMs)),
        ...[MAX_ENDED_DELIVERIES, before.body ?? ''],
      ],
    );
    if (reply === 'applied' || reply === 'stale' || reply === 'gone' || reply === 'disabled') {
      return reply;
    }
    throw new Error('delivery-step answered with something unexpected');
  }

  override async list(
    webhookId: string,
    { limit, afterId }: { readonly limit: number; readonly afterId: string | null },
  ): Promise<Page<Delivery>> {
    const newest = afterId === null ? '+' : `(${afterId}`;
    const log = this.keys.deliveryLog(webhookId);
    const ids = await this.redis.zrange(log, newest, '-', 'BYLEX', 'REV', 'LIMIT', 0, limit + 1);
    const shown = ids.slice(0, limit);
    return {
      items: await this.read(webhookId, shown),
      nextAfterId: ids.length > limit ? (shown.at(-1) ?? null) : null,
    };
  }

  override async prune(webhookId: string, beforeMs: number): Promise<void> {
    const { keys } = this;
    const own = [keys.deliveries(webhookId), keys.deliveryLog(webhookId)];
    const rows = [keys.deliveriesDue(webhookId), keys.deliveriesEnded(webhookId)];
    const tenant = (await this.redis.hget(keys.webhook(webhookId), 'tenant')) ?? '';
    const waiting = [keys.backlog(tenant), keys.backlogOrder(tenant)];
    const names = [...own, ...rows, keys.webhooksDue(), ...waiting];
    // Ids of events begin with their time.
    const args = [webhookId, `evt_${timePart(beforeMs)}`, PRUNE_CHUNK];
    while ((await PRUNE.run(this.redis, names, args)) === PRUNE_CHUNK);
  }

  /** How many were added; null when the cursor is elsewhere. */
  private async addAll(page: FanOutPage): Promise<number | null> {
    const { keys } = this;
    const { from, to, deliveries, webhooks, atMs } = page;
    const names = [keys.webhookCursor(), keys.webhooksDue(), keys.events()];
    const tenants = [...new Set(deliveries.map(({ tenant }) => tenant))].map((tenant) => {
      const ids = webhooks.filter((one) => one.tenant === tenant).map(({ id }) => id);
      names.push(keys.backlog(tenant), keys.backlogOrder(tenant));
      for (const id of ids) {
        names.push(keys.webhook(id), keys.deliveries(id));
        names.push(keys.deliveryLog(id), keys.deliveriesDue(id));
      }
      const dropped = (id: string): string => writeEvent(droppedEvent({ id, tenant }, atMs));
      const own = deliveries.filter((delivery) => delivery.tenant === tenant);
      return {
        webhooks: ids.map((id) => ({ id, dropped: dropped(id) })),
        events: eventsOf(own, ids),
      };
    });
    const args = [from, to, atMs, this.mostBytes, JSON.stringify(tenants)];
    const reply = await FAN_OUT.run(this.redis, names, args);
    const [kind, added] = Array.isArray(reply) ? (reply as readonly unknown[]) : [];
    if (kind === 'behind') return null;
    if (kind === 'moved' && typeof added === 'number') return added;
    throw new Error('webhook-fan-out answered with something unexpected');
  }

  private async read(webhookId: string, ids: readonly string[]): Promise<readonly Delivery[]> {
    if (ids.length === 0) return [];
    const rows = await this.redis.hmget(this.keys.deliveries(webhookId), ...ids);
    const read = rows.flatMap((row) => (row === null ? [] : [parse(row)]));
    const tenant = read[0]?.tenant ?? '';
    const waiting = read.filter(isWithoutBody).map(({ eventId }) => eventId);
    if (waiting.length === 0) return read;
    const bodies = await this.redis.hmget(this.keys.backlog(tenant), ...waiting);
    const bodyOf = new Map(waiting.map((eventId, index) => [eventId, bodies[index] ?? null]));
    return read.map((delivery) => {
      const body = bodyOf.get(delivery.eventId);
      return body === undefined ? delivery : { ...delivery, body };
    });
  }
}

/** The body once, and a row for each webhook that it waits for. */
function eventsOf(
  deliveries: readonly Delivery[],
  webhookIds: readonly string[],
): readonly { readonly id: string; readonly body: string; readonly rows: readonly Row[] }[] {
  const events = new Map<string, { id: string; body: string; rows: Row[] }>();
  for (const delivery of deliveries) {
    const { eventId: id, body, webhookId } = delivery;
    const event = events.get(id) ?? { id, body: body ?? '', rows: [] };
    event.rows.push([webhookIds.indexOf(webhookId), write(delivery)]);
    events.set(id, event);
  }
  return [...events.values()];
}

type Row = readonly [webhook: number, row: string];

/** Those of versions before have it in the row. */
const isWithoutBody = ({ dueAt, body }: Delivery): boolean => dueAt !== null && body === null;

const write = (delivery: Delivery): string =>
  `${delivery.version} ${JSON.stringify({ ...delivery, body: null })}`;

const parse = (row: string): Delivery => JSON.parse(row.slice(row.indexOf(' ') + 1)) as Delivery;
