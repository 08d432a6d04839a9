// What a caller sees of a webhook: its secret once, when it was made.
import { ApiProperty } from '@nestjs/swagger';
import { MAX_URL_LENGTH } from '../domain/webhook-policy.js';
import { DISABLED_REASONS, WEBHOOK_TYPES } from '../domain/webhook.js';
import type { DisabledReason, WebhookType } from '../domain/webhook.js';
import type { ToldWebhook, WebhookSummary } from '../use-cases/manage-webhooks.js';
import type { Page } from '../use-cases/ports.js';
import { nextCursorOf } from './list.dto.js';
import { timestamp, timestampOrNull } from './timestamps.js';

export class WebhookView {
  /**
   * Id of the webhook
   * @example "whk_01jdemoq4y7z8b9c0d1e2f3g4h"
   */
  id!: string;

  /**
   * Where events are sent
   * @example "https://example.com/hooks/rds-import"
   */
  @ApiProperty({ format: 'uri', maxLength: MAX_URL_LENGTH })
  url!: string;

  /**
   * For people to tell webhooks apart; null for none
   * @example "paging of the platform team"
   */
  description!: string | null;

  /**
   * Which events it is told of
   * @example ["migration.*", "batch.succeeded"]
   */
  @ApiProperty({ enum: WEBHOOK_TYPES, isArray: true, maxItems: WEBHOOK_TYPES.length })
  types!: readonly WebhookType[];

  /**
   * Whether it is told anything now
   * @example true
   */
  enabled!: boolean;

  /**
   * Why it is not: `by_user`; `endpoint_gone`, it answered 410; `only_failures`, a delivery failed for a day
   * and none succeeded meanwhile; `backlog_full`, by an earlier version, too many waited for it. Null while it is
   * enabled
   */
  @ApiProperty({ enum: DISABLED_REASONS, nullable: true, type: String, example: null })
  disabledReason!: DisabledReason | null;

  /** Since when it is not; null while it is enabled */
  @ApiProperty({ type: String, nullable: true, example: null })
  disabledAt!: string | null;

  /** When it last took an event; null until then */
  lastSuccessAt!: string | null;

  /** Until when secrets of before a rotation sign along; null when there is none */
  @ApiProperty({ type: String, nullable: true, example: null, format: 'date-time' })
  olderSecretsUntil!: string | null;

  /**
   * Id of the master key that protects its secrets
   * @example "k1"
   */
  keyVersion!: string;

  /** When it was made */
  createdAt!: string;

  /** When it was last changed by a caller */
  updatedAt!: string;

  static of(webhook: WebhookSummary): WebhookView {
    const { id, url, description, types, disabled, keyVersion } = webhook;
    return {
      ...{ id, url, description, types, enabled: disabled === null },
      disabledReason: disabled?.reason ?? null,
      disabledAt: timestampOrNull(disabled?.at ?? null),
      lastSuccessAt: timestampOrNull(webhook.lastSuccessAt),
      olderSecretsUntil: timestampOrNull(webhook.olderSecretsUntil),
      keyVersion,
      createdAt: timestamp(webhook.createdAt),
      updatedAt: timestamp(webhook.updatedAt),
    };
  }
}

export class ToldWebhookView extends WebhookView {
  /**
   * What the receiver checks signatures with: keep it well, it is not shown again
   * @example "whsec_QW5FeGFtcGxlU2VjcmV0T2YzMkJ5dGVzRm9yRG9jcyE="
   */
  @ApiProperty({ pattern: '^whsec_[A-Za-z0-9+/]{43}=$', maxLength: 50 })
  secret!: string;

  static ofTold({ webhook, secret }: ToldWebhook): ToldWebhookView {
    return Object.assign(WebhookView.of(webhook), { secret: secret.open() });
  }
}

export class WebhookListView {
  /** Newest first */
  items!: WebhookView[];

  /**
   * For the next page; null on the last one
   * @example "d2hrXzAxamRlbW9xNHk3ejhiOWMwZDFlMmYzZzRo"
   */
  nextCursor!: string | null;

  static of({ items, nextAfterId }: Page<WebhookSummary>): WebhookListView {
    return {
      items: items.map((webhook) => WebhookView.of(webhook)),
      nextCursor: nextCursorOf(nextAfterId),
    };
  }
}
