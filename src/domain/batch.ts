/**
 * A batch: what its makers asked of all its migrations together, and a status folded from theirs.
 *
 * The gate is what a person or a failure decided. While it is not open nothing of the batch is granted
 * instances or submitted: the scripts that write a grant or an intent look at it themselves. `halted`
 * and `canceled` withdraw all that was not submitted; what is in flight goes on to its end, unless the
 * cancel is one of what runs, too.
 */
import { isEnded, STATUSES, type MigrationStatus } from './migration.js';
import type { Window } from './window.js';

export const BATCH_STATUSES = [
  'running',
  'paused',
  'halted',
  'succeeded',
  'partially_failed',
  'failed',
  'canceling',
  'canceled',
] as const;
export type BatchStatus = (typeof BATCH_STATUSES)[number];

export const ON_FAILURE = ['continue', 'halt'] as const;
export type OnFailure = (typeof ON_FAILURE)[number];

export const GATES = ['open', 'paused', 'halted', 'canceled'] as const;
export type Gate = (typeof GATES)[number];

/** What a cancel of the batch means for its imports that run: they go on to their ends, or are canceled, too. */
export const RUNNING = ['finish', 'cancel'] as const;
export type Running = (typeof RUNNING)[number];

/** `fit`: a submission whose estimated end does not fit the window waits for the next one. */
export type BatchWindow = Window & { readonly fit: boolean };

export interface BatchRequest {
  readonly name: string | null;
  readonly window: BatchWindow | null;
  /** Most migrations of it that hold their instances at once; null: no limit. */
  readonly maxConcurrent: number | null;
  readonly onFailure: OnFailure;
}

export type Counts = Readonly<Record<MigrationStatus, number>>;

export interface Batch extends BatchRequest {
  readonly id: string;
  readonly tenant: string;
  readonly requestId: string;
  readonly total: number;
  readonly gate: Gate;
  /** With the gate `canceled`; absent: `finish`. */
  readonly running?: Running;
  /** A failure would have halted it while it was paused: instead of opening, the gate is then halted. */
  readonly haltsOnResume?: true;
  /** Number of the decision to try again what failed, until it is carried out: the version that it made. */
  readonly retryRound?: number;
  /** Grows with every decision about the batch itself, and whenever one of its members is wanted again. */
  readonly version: number;
  readonly counts: Counts;
  readonly createdAt: number;
  readonly finishedAt: number | null;
}

export interface Estimate {
  readonly finishAt: number;
  readonly basis: 'history';
}

export const NO_COUNTS: Counts = Object.fromEntries(
  STATUSES.map((status) => [status, 0]),
) as unknown as Counts;

const sumOf = (counts: Counts, which: (status: MigrationStatus) => boolean): number =>
  STATUSES.filter(which).reduce((sum, status) => sum + counts[status], 0);

export const endedOf = (counts: Counts): number => sumOf(counts, isEnded);

/** Not while members that have ended are still to be tried again. */
export const hasBatchEnded = ({ counts, total, retryRound }: Batch): boolean =>
  endedOf(counts) === total && retryRound === undefined;

/** 0 to 1: the part of its migrations that has ended. */
export const progressOf = ({ counts, total }: Batch): number => endedOf(counts) / total;

export function batchStatusOf(batch: Batch): BatchStatus {
  const { gate, counts, total } = batch;
  if (gate === 'halted') return gate;
  if (gate === 'canceled') return hasBatchEnded(batch) ? 'canceled' : 'canceling';
  if (!hasBatchEnded(batch)) return gate === 'paused' ? 'paused' : 'running';
  if (counts.succeeded === total) return 'succeeded';
  if (counts.canceled === total) return 'canceled';
  return counts.succeeded === 0 ? 'failed' : 'partially_failed';
}
