/**
 * What is counted and timed as it happens, for whoever watches the service, and how all of it is shown.
 *
 * Everything told here ends in the label of a figure or in a number. A label is a word of a closed set:
 * never a tenant, an instance, a credential, a URL, an id or a text of anybody's. Telling costs about a
 * microsecond, never waits and never throws.
 */
import type { MigrationStatus } from '../domain/migration.js';
import type { TransitionName } from '../domain/transitions.js';
import type { Stock } from './ports-stock.js';

export const DELIVERY_OUTCOMES = ['delivered', 'failed'] as const;
export type DeliveryOutcome = (typeof DELIVERY_OUTCOMES)[number];

/** Upstream answers what was asked. */
export const ANSWERED = 'ok';

export interface CountedRequest {
  readonly method: string;
  /** As it was registered, e.g. `/v1/migrations/:id`; null where none fits. */
  readonly route: string | null;
  readonly status: number;
  readonly seconds: number;
}

export interface CountedMove {
  /** Null: it was accepted. */
  readonly name: TransitionName | null;
  readonly from: MigrationStatus | null;
  readonly to: MigrationStatus;
}

export abstract class Figures {
  /** A transition that is on record. */
  abstract moved(move: CountedMove): void;
  /** From when it could start until its intent was on record. */
  abstract dispatched(seconds: number): void;
  /** How far off the estimate was, as a part of what the import took: |actual − estimate| / actual. */
  abstract estimated(error: number): void;
  /** `code`: upstream's, a word of ours for an answer without one, or `ANSWERED`. */
  abstract called(action: string, code: string, seconds: number): void;
  abstract requested(request: CountedRequest): void;
  /** A stream of events was opened (1) or has ended (−1). */
  abstract reading(change: 1 | -1): void;
  /** One try to deliver an event to a webhook. */
  abstract delivered(outcome: DeliveryOutcome, seconds: number): void;
  abstract webhookDisabled(): void;
}

/** Nobody watches. */
export class NoFigures extends Figures {
  override moved(): void {}
  override dispatched(): void {}
  override estimated(): void {}
  override called(): void {}
  override requested(): void {}
  override reading(): void {}
  override delivered(): void {}
  override webhookDisabled(): void {}
}

export interface Shown {
  readonly text: string;
  /** Of the text, as a media type. */
  readonly type: string;
}

export abstract class Exposition {
  /** Of this process, and of the service where its stock is known. Does not wait for anything outside. */
  abstract show(stock: Stock | null): Promise<Shown>;
}
