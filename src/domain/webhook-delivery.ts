/**
 * One event on its way to one endpoint, from the first attempt to its end.
 *
 *   pending ─begun→ pending (under way) ─taken→ delivered
 *                                       ─refused, unsent→ pending, later … → failed
 *
 * An attempt is begun by compare-and-set before a byte is sent, with a lease: nobody else sends the
 * same attempt meanwhile. One whose lease ran out ended with its process; it may have been received, so
 * the same event is sent again under the same id, by which the receiver knows it.
 */
import type { EventType } from './event.js';
import type { DisabledReason, TEST_TYPE } from './webhook.js';
import {
  MAX_RETRY_AFTER_MS,
  MAX_SHOWN_ATTEMPTS,
  RETRY_DELAYS_MS,
  RETRY_JITTER_PART,
  SEND_LEASE_MS,
} from './webhook-policy.js';

export const DELIVERY_STATUSES = ['pending', 'delivered', 'failed'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** Why no answer came, or why nothing was sent. */
export const SEND_ERRORS = [
  'address_refused',
  'name_not_found',
  'connection_refused',
  'unreachable',
  'tls_failed',
  'timeout',
  'connection_lost',
  'not_http',
  'secret_unreadable',
  'interrupted',
] as const;
export type SendError = (typeof SEND_ERRORS)[number];

/** What became of one request. `status` is the HTTP status. */
export type SendOutcome =
  | { readonly kind: 'taken' | 'gone' | 'refused'; readonly status: number }
  /** It asks for time; null when it does not say how much. */
  | { readonly kind: 'busy'; readonly status: number; readonly retryAfterMs: number | null }
  | { readonly kind: 'unsent'; readonly error: SendError };

export interface Attempt {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly durationMs: number;
  readonly status: number | null;
  readonly error: SendError | null;
}

export interface Delivery {
  readonly webhookId: string;
  readonly tenant: string;
  /** Of the event: with the webhook it names the delivery. */
  readonly eventId: string;
  readonly type: EventType | typeof TEST_TYPE;
  readonly status: DeliveryStatus;
  readonly createdAt: number;
  /** When it is sent next, or (while `begunAt` is set) when the lease ends; null once it has ended. */
  readonly dueAt: number | null;
  /** When the attempt that is under way began; null while none is. */
  readonly begunAt: number | null;
  /** How many attempts failed. */
  readonly failures: number;
  readonly firstBegunAt: number | null;
  readonly attempts: readonly Attempt[];
  /** What is sent; dropped once it has ended. */
  readonly body: string | null;
  readonly version: number;
}

export const freshDelivery = (
  fresh: Pick<Delivery, 'webhookId' | 'tenant' | 'eventId' | 'type'> & { readonly body: string },
  nowMs: number,
): Delivery => ({
  ...fresh,
  ...{ status: 'pending', createdAt: nowMs, dueAt: nowMs, begunAt: null, failures: 0 },
  ...{ firstBegunAt: null, attempts: [], version: 1 },
});

/** An attempt begins. One that was under way was cut off, which is no failure of the endpoint. */
export function begun(delivery: Delivery, nowMs: number): Delivery {
  const { begunAt, version } = delivery;
  const cutOff: readonly Attempt[] =
    begunAt === null
      ? []
      : [{ at: begunAt, durationMs: 0, status: null, error: 'interrupted' as const }];
  return {
    ...delivery,
    attempts: newest([...delivery.attempts, ...cutOff]),
    begunAt: nowMs,
    firstBegunAt: delivery.firstBegunAt ?? nowMs,
    dueAt: nowMs + SEND_LEASE_MS,
    version: version + 1,
  };
}

export interface Ended {
  readonly after: Delivery;
  /** The webhook is to be disabled; `only_failures` when no other delivery succeeded since `firstBegunAt`. */
  readonly disables: Extract<DisabledReason, 'endpoint_gone' | 'only_failures'> | null;
}

/** The attempt that was begun has ended. */
export function ended(delivery: Delivery, outcome: SendOutcome, nowMs: number): Ended {
  const at = delivery.begunAt ?? nowMs;
  const attempt: Attempt = {
    ...{ at, durationMs: Math.max(0, nowMs - at) },
    status: outcome.kind === 'unsent' ? null : outcome.status,
    error: outcome.kind === 'unsent' ? outcome.error : null,
  };
  const noted: Delivery = {
    ...delivery,
    attempts: newest([...delivery.attempts, attempt]),
    begunAt: null,
    version: delivery.version + 1,
  };
  if (outcome.kind === 'taken') return { after: closed(noted, 'delivered'), disables: null };
  const failures = delivery.failures + 1;
  const failed: Delivery = { ...noted, failures };
  if (outcome.kind === 'gone') {
    return { after: closed(failed, 'failed'), disables: 'endpoint_gone' };
  }
  const delayMs = delayAfter(failed);
  if (delayMs === null) return { after: closed(failed, 'failed'), disables: 'only_failures' };
  const asked = outcome.kind === 'busy' ? (outcome.retryAfterMs ?? 0) : 0;
  const waitMs = Math.max(delayMs, Math.min(asked, MAX_RETRY_AFTER_MS));
  return { after: { ...failed, dueAt: nowMs + waitMs }, disables: null };
}

/** Null when it is not tried again. The jitter follows from the names, so that it needs no chance. */
function delayAfter({ webhookId, eventId, failures }: Delivery): number | null {
  const delayMs = RETRY_DELAYS_MS[failures - 1];
  if (delayMs === undefined) return null;
  const part = fractionOf(`${webhookId}/${eventId}/${failures}`);
  return delayMs + Math.floor(delayMs * RETRY_JITTER_PART * part);
}

const closed = (delivery: Delivery, status: 'delivered' | 'failed'): Delivery => ({
  ...delivery,
  ...{ status, dueAt: null, body: null },
});

const newest = (attempts: readonly Attempt[]): readonly Attempt[] =>
  attempts.slice(-MAX_SHOWN_ATTEMPTS);

/** FNV-1a, from 0 to below 1: spreads evenly, and no more is asked of it. */
function fractionOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash / 0x1_0000_0000;
}
