// What this service asks of the outside for webhooks: their records, deliveries, secrets, and who sends.
import type { Delivery, SendOutcome } from '../domain/webhook-delivery.js';
import type { Disabled, DisabledReason, Webhook } from '../domain/webhook.js';
import type { Page } from './ports.js';
import type { Secret } from './ports-credentials.js';

interface PageQuery {
  readonly limit: number;
  readonly afterId: string | null;
}

export type CreateWebhookOutcome =
  | { readonly kind: 'created' }
  /** The idempotency key was used before with the same body: the webhook as it was then. */
  | { readonly kind: 'replayed'; readonly webhook: Webhook }
  | { readonly kind: 'key_reused' }
  /** The tenant has as many as it may have. */
  | { readonly kind: 'full' };

export abstract class WebhookStore {
  /** From the first one on, all that is written into the log of events becomes deliveries. */
  abstract create(
    webhook: Webhook,
    idempotency: { readonly key: string; readonly hash: string } | null,
  ): Promise<CreateWebhookOutcome>;
  abstract find(tenant: string, id: string): Promise<Webhook | null>;
  /** Newest first. */
  abstract list(tenant: string, page: PageQuery): Promise<Page<Webhook>>;
  /** Whosever it is. */
  abstract any(id: string): Promise<Webhook | null>;
  /** All there are, of all tenants, in the order of their ids. */
  abstract ids(page: PageQuery): Promise<Page<string>>;
  /**
   * Compare-and-set on `version`, which is the new one. `switched` undefined: whether it is enabled stays,
   * null: it is from now on, and what is pending goes on.
   */
  abstract replace(
    webhook: Webhook,
    switched?: Disabled | null,
  ): Promise<'replaced' | 'stale' | 'gone'>;
  /** With all its deliveries. */
  abstract remove(tenant: string, id: string): Promise<'removed' | 'gone'>;
}

export abstract class WebhookDeliveries {
  /** The event up to which all have become deliveries; null when there never was a webhook. */
  abstract cursor(): Promise<string | null>;
  /**
   * Compare-and-set on the cursor: it moves, and the deliveries are there, or nothing. Those of a webhook
   * that is gone or disabled meanwhile are left out. Where more waits for a tenant's webhooks than
   * MAX_BACKLOG_BYTES the deliveries of its oldest events are dropped, which is an event.
   */
  abstract fanOut(page: FanOutPage): Promise<'moved' | 'behind'>;
  /** Outside of the log of events. Refused when its webhook is gone or disabled. */
  abstract add(delivery: Delivery): Promise<'added' | 'refused'>;
  /** Enabled webhooks with something to send at this time, and since when; the longest due first. */
  abstract due(
    nowMs: number,
    limit: number,
  ): Promise<readonly { readonly webhookId: string; readonly dueAt: number }[]>;
  /** What of a webhook is to be sent at this time, the longest due first. */
  abstract dueOf(webhookId: string, nowMs: number, limit: number): Promise<readonly Delivery[]>;
  /**
   * Compare-and-set on `version`. `only_failures` disables only when none succeeded since the first
   * attempt of this one; what disables is an event, in the same step.
   */
  abstract apply(step: DeliveryStep): Promise<'applied' | 'stale' | 'gone' | 'disabled'>;
  /** The newest event first. */
  abstract list(webhookId: string, page: PageQuery): Promise<Page<Delivery>>;
  /** Drops deliveries, pending ones too, of events from before this time. */
  abstract prune(webhookId: string, beforeMs: number): Promise<void>;
}

export interface FanOutPage {
  readonly from: string;
  readonly to: string;
  readonly deliveries: readonly Delivery[];
  /** All there are of the tenants of these deliveries. */
  readonly webhooks: readonly Pick<Webhook, 'id' | 'tenant'>[];
  readonly atMs: number;
}

export interface DeliveryStep {
  readonly before: Delivery;
  readonly after: Delivery;
  /** An attempt begins: refused (`disabled`) when the webhook is not enabled any more. */
  readonly begins: boolean;
  readonly disables: Extract<DisabledReason, 'endpoint_gone' | 'only_failures'> | null;
  readonly atMs: number;
}

/** One that signs; `until` null: the newest, without an end. */
export interface SigningSecret {
  /** `whsec_…` */
  readonly secret: Secret;
  readonly until: number | null;
}

export abstract class WebhookSecrets {
  /** 256 random bits, as `whsec_…`. */
  abstract make(): Secret;
  /** Bound to tenant and id. */
  abstract seal(
    owner: Pick<Webhook, 'tenant' | 'id'>,
    secrets: readonly SigningSecret[],
  ): Pick<Webhook, 'sealed' | 'keyVersion'>;
  /** The newest first. Throws when the text was changed, or its master key is missing. */
  abstract open(webhook: Pick<Webhook, 'tenant' | 'id' | 'sealed'>): readonly SigningSecret[];
}

export interface SignedSend {
  readonly url: string;
  /** Id of the event: the receiver knows a repetition by it. */
  readonly eventId: string;
  readonly body: string;
  readonly atMs: number;
  /** All of them sign. */
  readonly secrets: readonly Secret[];
}

export abstract class WebhookSender {
  /** Why an address may not be called, in words that do not repeat it; null when it may be. */
  abstract refusal(url: string): Promise<string | null>;
  /** One request, never repeated, never redirected. Does not reject. */
  abstract send(request: SignedSend): Promise<SendOutcome>;
}
