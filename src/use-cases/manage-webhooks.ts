// Keeps the webhooks of a tenant: a secret is told once, when it is made, and stays sealed from then on.
import { Injectable } from '@nestjs/common';
import { invalidRequest, Problem } from '../domain/errors.js';
import { MAX_OLDER_SECRETS, MAX_WEBHOOKS, SECRET_OVERLAP_MS } from '../domain/webhook-policy.js';
import type { Disabled, Webhook, WebhookType } from '../domain/webhook.js';
import { Clock, Ids, type Page } from './ports.js';
import type { Secret } from './ports-credentials.js';
import { EventLog } from './ports-events.js';
import { WebhookSecrets, WebhookSender, WebhookStore } from './ports-webhooks.js';

/** What a caller may see. */
export type WebhookSummary = Omit<Webhook, 'sealed' | 'tenant' | 'version' | 'afterEventId'>;

export interface NewWebhook {
  readonly tenant: string;
  readonly url: string;
  readonly description: string | null;
  readonly types: readonly WebhookType[];
  readonly idempotency: { readonly key: string; readonly hash: string } | null;
}

export interface ToldWebhook {
  readonly webhook: WebhookSummary;
  /** Its newest secret, told this once. */
  readonly secret: Secret;
}

export interface WebhookPatch {
  readonly tenant: string;
  readonly id: string;
  readonly url?: string;
  readonly description?: string | null;
  readonly types?: readonly WebhookType[];
  readonly enabled?: boolean;
}

interface Change {
  readonly after: Webhook;
  readonly switched?: Disabled | null;
}

/** Each lost race means that another change was written; people do not change one webhook this often. */
const MAX_REPLACE_TRIES = 10;

@Injectable()
export class ManageWebhooks {
  constructor(
    private readonly store: WebhookStore,
    private readonly secrets: WebhookSecrets,
    private readonly sender: WebhookSender,
    private readonly events: EventLog,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  /** Throws Problem: validation_failed, idempotency_key_reused, webhook_limit_reached. */
  async create(fresh: NewWebhook): Promise<ToldWebhook & { readonly replayed: boolean }> {
    const { idempotency, tenant, ...wanted } = fresh;
    await this.refuseAddress(wanted.url);
    const afterEventId = await this.events.newestId();
    const now = this.clock.now();
    const id = this.ids.make('whk', now);
    const secret = this.secrets.make();
    const webhook: Webhook = {
      ...{ ...wanted, id, tenant, afterEventId, version: 1, olderSecretsUntil: null },
      ...this.secrets.seal({ tenant, id }, [{ secret, until: null }]),
      ...{ createdAt: now, updatedAt: now, disabled: null, lastSuccessAt: null },
    };
    const outcome = await this.store.create(webhook, idempotency);
    switch (outcome.kind) {
      case 'created':
        return { webhook: summary(webhook), secret, replayed: false };
      case 'replayed': {
        const [first] = this.secrets.open(outcome.webhook);
        if (first === undefined) throw new Error('A webhook was stored without a secret');
        return { webhook: summary(outcome.webhook), secret: first.secret, replayed: true };
      }
      case 'key_reused':
        throw new Problem(
          'idempotency_key_reused',
          'This Idempotency-Key was used with another body within the last 24 hours.',
        );
      case 'full':
        throw new Problem(
          'webhook_limit_reached',
          `There are ${MAX_WEBHOOKS} webhooks already. Remove one that nobody needs.`,
        );
    }
  }

  /** Throws Problem: not_found. */
  async find(tenant: string, id: string): Promise<WebhookSummary> {
    return summary(await this.existing(tenant, id));
  }

  /** Newest first. */
  async list(
    tenant: string,
    page: { readonly limit: number; readonly afterId: string | null },
  ): Promise<Page<WebhookSummary>> {
    const { items, nextAfterId } = await this.store.list(tenant, page);
    return { items: items.map(summary), nextAfterId };
  }

  /** Enabled again, what is pending goes on. Throws Problem: not_found, validation_failed, unavailable. */
  async patch(patch: WebhookPatch): Promise<WebhookSummary> {
    if (patch.url !== undefined) {
      await this.existing(patch.tenant, patch.id);
      await this.refuseAddress(patch.url);
    }
    const { tenant, id, enabled, ...fields } = patch;
    return this.change(tenant, id, (before) => ({
      after: { ...before, ...fields },
      ...switchOf(before, enabled, this.clock.now()),
    }));
  }

  /** The secrets of before sign along for a day. Throws Problem: not_found, unavailable. */
  async rotate(tenant: string, id: string): Promise<ToldWebhook> {
    const secret = this.secrets.make();
    const webhook = await this.change(tenant, id, (before) => {
      const now = this.clock.now();
      const until = now + SECRET_OVERLAP_MS;
      const older = this.secrets
        .open(before)
        .filter((each) => each.until === null || each.until > now)
        .slice(0, MAX_OLDER_SECRETS)
        .map((each) => ({ secret: each.secret, until: each.until ?? until }));
      const sealing = this.secrets.seal(before, [{ secret, until: null }, ...older]);
      return { after: { ...before, ...sealing, olderSecretsUntil: until } };
    });
    return { webhook, secret };
  }

  /** With all its deliveries. Throws Problem: not_found. */
  async remove(tenant: string, id: string): Promise<void> {
    if ((await this.store.remove(tenant, id)) === 'gone') throw notFound();
  }

  private async change(
    tenant: string,
    id: string,
    changed: (before: Webhook) => Change,
  ): Promise<WebhookSummary> {
    for (let tries = 0; tries < MAX_REPLACE_TRIES; tries += 1) {
      const before = await this.existing(tenant, id);
      const { after, switched } = changed(before);
      const stamped = { ...after, version: before.version + 1, updatedAt: this.clock.now() };
      const outcome = await this.store.replace(stamped, switched);
      if (outcome === 'gone') throw notFound();
      if (outcome === 'replaced') {
        return summary(switched === undefined ? stamped : { ...stamped, disabled: switched });
      }
    }
    throw new Problem('unavailable', `Others keep changing ${id}.`, { retryAfterSeconds: 1 });
  }

  private async existing(tenant: string, id: string): Promise<Webhook> {
    const webhook = await this.store.find(tenant, id);
    if (webhook === null) throw notFound();
    return webhook;
  }

  private async refuseAddress(url: string): Promise<void> {
    const message = await this.sender.refusal(url);
    if (message === null) return;
    throw invalidRequest([{ pointer: '/url', code: 'webhook_url_refused', message }]);
  }
}

/** Nothing where it is so already: who disabled it, and why, stays. */
function switchOf(
  { disabled }: Webhook,
  enabled: boolean | undefined,
  nowMs: number,
): Pick<Change, 'switched'> {
  if (enabled === undefined || enabled === (disabled === null)) return {};
  return { switched: enabled ? null : { at: nowMs, reason: 'by_user' } };
}

/** Names each field: what is added to the record later stays inside until it is named here. */
function summary(webhook: Webhook): WebhookSummary {
  const { id, url, description, types, keyVersion, olderSecretsUntil } = webhook;
  const { createdAt, updatedAt, disabled, lastSuccessAt } = webhook;
  return {
    ...{ id, url, description, types, keyVersion, olderSecretsUntil },
    ...{ createdAt, updatedAt, disabled, lastSuccessAt },
  };
}

/** Does not repeat the id: it is whatever the caller wrote into the path. */
const notFound = (): Problem => new Problem('not_found', 'There is no such webhook.');
