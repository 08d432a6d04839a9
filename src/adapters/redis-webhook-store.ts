// Webhooks in Redis: every write is one script, secrets are sealed, and another tenant's webhook is as a missing one.
import { MAX_WEBHOOKS } from '../domain/webhook-policy.js';
import type { Disabled, Webhook } from '../domain/webhook.js';
import type { Page } from '../use-cases/ports.js';
import { WebhookStore, type CreateWebhookOutcome } from '../use-cases/ports-webhooks.js';
import type { RedisClient } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';
import { RedisScript, type ScriptReply } from './redis-script.js';

/** From the HTTP contract: an idempotency key is kept for a day. */
const IDEMPOTENCY_LIFE_MS = 24 * 60 * 60_000;

const CREATE = new RedisScript(new URL('./webhook-create.lua', import.meta.url));
const REPLACE = new RedisScript(new URL('./webhook-replace.lua', import.meta.url));
const REMOVE = new RedisScript(
  new URL('./webhook-remove.lua', import.meta.url),
  new URL('./webhook-backlog.lua', import.meta.url),
);

/** Deliveries that wait, dropped with one script. */
const REMOVE_CHUNK = 500;

interface PageQuery {
  readonly limit: number;
  readonly afterId: string | null;
}

export class RedisWebhookStore extends WebhookStore {
  constructor(
    private readonly redis: RedisClient,
    private readonly keys: RedisKeys,
  ) {
    super();
  }

  override async create(
    webhook: Webhook,
    idempotency: { readonly key: string; readonly hash: string } | null,
  ): Promise<CreateWebhookOutcome> {
    const { keys } = this;
    const { id, tenant, version, keyVersion, afterEventId } = webhook;
    const names = [keys.webhook(id), keys.webhooks(tenant), keys.allWebhooks()];
    names.push(keys.webhooksByKey(), keys.webhookCursor());
    if (idempotency !== null) names.push(keys.idempotency(tenant, idempotency.key));
    const args = [id, tenant, version, toDoc(webhook), `${keyVersion} ${id}`];
    const reply = await CREATE.run(this.redis, names, [
      ...args,
      ...[idempotency?.hash ?? '', IDEMPOTENCY_LIFE_MS, MAX_WEBHOOKS, afterEventId],
    ]);
    const [kind, doc] = Array.isArray(reply) ? (reply as readonly ScriptReply[]) : [];
    if (kind === 'created' || kind === 'key_reused' || kind === 'full') return { kind };
    if (kind === 'replayed' && typeof doc === 'string') return { kind, webhook: fromDoc(doc) };
    throw new Error('webhook-create answered with something unexpected');
  }

  override async find(tenant: string, id: string): Promise<Webhook | null> {
    const webhook = await this.any(id);
    return webhook?.tenant === tenant ? webhook : null;
  }

  override async any(id: string): Promise<Webhook | null> {
    const fields = await this.redis.hmget(
      this.keys.webhook(id),
      ...['doc', 'disabled', 'lastSuccessAt'],
    );
    const [doc = null, disabled = null, lastSuccessAt = null] = fields;
    return doc === null ? null : fromDoc(doc, disabled, lastSuccessAt);
  }

  /** A page is shorter when one of it was removed while it was read. */
  override async list(tenant: string, { limit, afterId }: PageQuery): Promise<Page<Webhook>> {
    const newest = afterId === null ? '+' : `(${afterId}`;
    const all = this.keys.webhooks(tenant);
    const ids = await this.redis.zrange(all, newest, '-', 'BYLEX', 'REV', 'LIMIT', 0, limit + 1);
    const shown = ids.slice(0, limit);
    const found = await Promise.all(shown.map((id) => this.find(tenant, id)));
    return {
      items: found.filter((webhook) => webhook !== null),
      nextAfterId: ids.length > limit ? (shown.at(-1) ?? null) : null,
    };
  }

  override async ids({ limit, afterId }: PageQuery): Promise<Page<string>> {
    const from = afterId === null ? '-' : `(${afterId}`;
    const all = this.keys.allWebhooks();
    const ids = await this.redis.zrange(all, from, '+', 'BYLEX', 'LIMIT', 0, limit + 1);
    const items = ids.slice(0, limit);
    return { items, nextAfterId: ids.length > limit ? (items.at(-1) ?? null) : null };
  }

  override async replace(
    webhook: Webhook,
    switched?: Disabled | null,
  ): Promise<'replaced' | 'stale' | 'gone'> {
    const { keys } = this;
    const { id, tenant, version } = webhook;
    const names = [keys.webhook(id), keys.webhooksByKey(), keys.deliveriesDue(id)];
    const asked = switched === undefined ? '' : 'on';
    const reply = await REPLACE.run(
      this.redis,
      [...names, keys.webhooksDue()],
      [
        ...[id, tenant, version - 1, version, toDoc(webhook)],
        switched ? JSON.stringify(switched) : asked,
      ],
    );
    if (reply === 'replaced' || reply === 'stale' || reply === 'gone') return reply;
    throw new Error('webhook-replace answered with something unexpected');
  }

  override async remove(tenant: string, id: string): Promise<'removed' | 'gone'> {
    const { keys } = this;
    const lists = [keys.webhooks(tenant), keys.allWebhooks(), keys.webhooksByKey()];
    const own = [keys.deliveries(id), keys.deliveryLog(id), keys.deliveriesDue(id)];
    const waiting = [keys.backlog(tenant), keys.backlogOrder(tenant)];
    const names = [keys.webhook(id), ...lists, keys.webhooksDue(), ...own];
    names.push(keys.deliveriesEnded(id), ...waiting);
    for (;;) {
      const reply = await REMOVE.run(this.redis, names, [id, tenant, REMOVE_CHUNK]);
      if (reply !== 'more') return reply === 'removed' ? 'removed' : 'gone';
    }
  }
}

/** Without what the deliveries write on their own. */
function toDoc(webhook: Webhook): string {
  const { disabled: _disabled, lastSuccessAt: _success, ...doc } = webhook;
  return JSON.stringify(doc);
}

const fromDoc = (
  doc: string,
  disabled: string | null = null,
  lastSuccessAt: string | null = null,
): Webhook => ({
  ...(JSON.parse(doc) as Omit<Webhook, 'disabled' | 'lastSuccessAt'>),
  disabled: disabled === null ? null : (JSON.parse(disabled) as Disabled),
  lastSuccessAt: lastSuccessAt === null ? null : Number(lastSuccessAt),
});
