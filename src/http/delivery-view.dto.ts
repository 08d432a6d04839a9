// What a caller sees of a delivery: which event, what became of each attempt, and when the next one is.
import { ApiProperty } from '@nestjs/swagger';
import { DELIVERY_STATUSES, SEND_ERRORS } from '../domain/webhook-delivery.js';
import type { Attempt, Delivery, DeliveryStatus, SendError } from '../domain/webhook-delivery.js';
import { MAX_SHOWN_ATTEMPTS } from '../domain/webhook-policy.js';
import { TEST_TYPE, TOLD_TYPES } from '../domain/webhook.js';
import type { Page } from '../use-cases/ports.js';
import { nextCursorOf } from './list.dto.js';
import { timestamp, timestampOrNull } from './timestamps.js';

export class AttemptView {
  /** When it began */
  at!: string;

  /**
   * How long it took, in milliseconds
   * @example 87
   */
  @ApiProperty({ type: 'integer', minimum: 0 })
  durationMs!: number;

  /**
   * The HTTP status that the endpoint answered; null when it did not answer
   * @example 503
   */
  @ApiProperty({ type: 'integer', nullable: true, minimum: 100, maximum: 999 })
  httpStatus!: number | null;

  /**
   * Why there was no answer, or nothing was sent: `address_refused`, it leads to an address that webhooks may
   * not reach; `interrupted`, the process that sent it ended meanwhile. Null when it answered
   */
  @ApiProperty({ enum: SEND_ERRORS, nullable: true, type: String, example: null })
  error!: SendError | null;

  static of({ at, durationMs, status, error }: Attempt): AttemptView {
    return { at: timestamp(at), durationMs, httpStatus: status, error };
  }
}

export class DeliveryView {
  /**
   * Id of the event, as in its header `webhook-id`
   * @example "evt_01jdemoq4y0000000000000001"
   */
  @ApiProperty({ pattern: '^evt_[0-9a-z]{26}$', maxLength: 30 })
  eventId!: string;

  /**
   * Type of the event
   * @example "migration.succeeded"
   */
  @ApiProperty({ enum: [...TOLD_TYPES, TEST_TYPE] })
  type!: string;

  /** `pending` until it was answered with 2xx, or was tried for a day */
  @ApiProperty({ enum: DELIVERY_STATUSES, enumName: 'DeliveryStatus' })
  status!: DeliveryStatus;

  /** When the event was taken up for this endpoint */
  createdAt!: string;

  /** When it is sent next; null while it is being sent, and once it has ended */
  nextAttemptAt!: string | null;

  /** The newest 20, oldest first */
  @ApiProperty({ maxItems: MAX_SHOWN_ATTEMPTS })
  attempts!: AttemptView[];

  static of(delivery: Delivery): DeliveryView {
    const { eventId, type, status, createdAt, dueAt, begunAt, attempts } = delivery;
    return {
      ...{ eventId, type, status, createdAt: timestamp(createdAt) },
      nextAttemptAt: timestampOrNull(begunAt === null ? dueAt : null),
      attempts: attempts.map((attempt) => AttemptView.of(attempt)),
    };
  }
}

export class DeliveryListView {
  /** The newest event first */
  items!: DeliveryView[];

  /**
   * For the next page; null on the last one
   * @example "ZXZ0XzAxamRlbW9xNHkwMDAwMDAwMDAwMDAwMDAx"
   */
  nextCursor!: string | null;

  static of({ items, nextAfterId }: Page<Delivery>): DeliveryListView {
    return {
      items: items.map((delivery) => DeliveryView.of(delivery)),
      nextCursor: nextCursorOf(nextAfterId),
    };
  }
}
