// Webhooks: which events an endpoint is told of, and why one is told nothing any more. Never its secret.
import { EVENT_TYPES, type EventType, type UnplacedEvent } from './event.js';

/** Each stands for all types that begin so. */
export const TYPE_WILDCARDS = ['migration.*', 'batch.*'] as const;

/** No webhook is told that deliveries were dropped: that would be more deliveries, and more dropped. */
type ToldType = Exclude<EventType, 'webhook.deliveries_dropped'>;
export const TOLD_TYPES = EVENT_TYPES.filter(
  (type): type is ToldType => type !== 'webhook.deliveries_dropped',
);

export const WEBHOOK_TYPES = [...TOLD_TYPES, ...TYPE_WILDCARDS] as const;
export type WebhookType = (typeof WEBHOOK_TYPES)[number];

/** Where none are named: progress comes every second, which is for a page and seldom for a receiver. */
export const DEFAULT_TYPES: readonly WebhookType[] = TOLD_TYPES.filter(
  (type) => type !== 'batch.progress',
);

/** Sent only when somebody asks for it, and not in the log of events. */
export const TEST_TYPE = 'webhook.test';

export const DISABLED_REASONS = [
  'by_user',
  'endpoint_gone',
  'only_failures',
  // Of before: today the oldest deliveries are dropped instead.
  'backlog_full',
] as const;
export type DisabledReason = (typeof DISABLED_REASONS)[number];

/** Milliseconds since the epoch. */
export interface Disabled {
  readonly at: number;
  readonly reason: DisabledReason;
}

export interface Webhook {
  readonly id: string;
  readonly tenant: string;
  readonly url: string;
  readonly description: string | null;
  readonly types: readonly WebhookType[];
  /** Events after this one concern it: those from its creation on. */
  readonly afterEventId: string;
  /** Ciphertext of its secrets; what is in it only `WebhookSecrets` knows. */
  readonly sealed: string;
  /** Id of the master key that protects them. */
  readonly keyVersion: string;
  /** Until when secrets of before sign along; null when there are none. */
  readonly olderSecretsUntil: number | null;
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Null while it is told of events. */
  readonly disabled: Disabled | null;
  /** When a delivery last succeeded; null until then. */
  readonly lastSuccessAt: number | null;
}

export const isWebhookType = (text: string): text is WebhookType =>
  (WEBHOOK_TYPES as readonly string[]).includes(text);

/** Does it concern the webhook? What happened before its creation does not. */
export function wants(
  { tenant, types, afterEventId, disabled }: Webhook,
  event: { readonly id: string; readonly type: EventType; readonly tenant: string },
): boolean {
  if (tenant !== event.tenant || disabled !== null || event.id <= afterEventId) return false;
  const [subject] = event.type.split('.');
  return types.some((type) => type === event.type || type === `${subject}.*`);
}

/** For which the service itself switches one off. */
type DisablingReason = Exclude<DisabledReason, 'by_user' | 'backlog_full'>;

const WHY: Readonly<Record<DisablingReason, string>> = {
  endpoint_gone: 'The endpoint answered that it is gone. Nothing more is sent to it.',
  only_failures:
    'A delivery failed for a day, and no other succeeded meanwhile. What is pending waits until it is enabled again.',
};

/** That a webhook was switched off without a person asking for it. Its URL may be a secret and is not in it. */
export const disabledEvent = (
  { id, tenant }: Pick<Webhook, 'id' | 'tenant'>,
  reason: DisablingReason,
  atMs: number,
): UnplacedEvent => ({
  ...{ type: 'webhook.disabled', at: atMs, tenant },
  data: { webhookId: id, reason, message: WHY[reason] },
});

/** That deliveries to a webhook were dropped before they were sent: how many, the script that drops them counts. */
export const droppedEvent = (
  { id, tenant }: Pick<Webhook, 'id' | 'tenant'>,
  atMs: number,
  dropped = 0,
): UnplacedEvent => ({
  ...{ type: 'webhook.deliveries_dropped', at: atMs, tenant },
  data: {
    ...{ webhookId: id, dropped },
    message:
      'Too much waits for the webhooks of the tenant. The deliveries of the oldest events were dropped and are not sent.',
  },
});
