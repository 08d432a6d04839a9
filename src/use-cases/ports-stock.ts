// What stands in the store of all processes, counted: the figures of the service as a whole, at one moment.
import type { MigrationStatus } from '../domain/migration.js';
import type { WaitCause } from '../domain/wait-causes.js';
import type { Urgency } from './ports-upstream.js';
import type { Wake } from './ports.js';

export type QueueName = Wake['to'];

export interface QueueTally {
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  /** How long the oldest job that could run has been waiting for a worker. */
  readonly oldestMs: number;
}

/** The pace at which one account may call in one region. */
export interface PaceTally {
  /** Part of the full rate, 0 to 1; below 1 after upstream throttled. */
  readonly rate: number;
  /** How far ahead its slots are taken. */
  readonly aheadMs: number;
  readonly waiting: Readonly<Record<Urgency, number>>;
}

export interface Tally {
  /** What one answer took. */
  readonly latencyMs: number;
  readonly statuses: Readonly<Record<MigrationStatus, number>>;
  readonly queues: Readonly<Record<QueueName, QueueTally>>;
  /** Wake-ups not passed on yet. */
  readonly outbox: number;
  readonly oldestQueuedAt: number | null;
  /** How late the look is that is late the most. */
  readonly lateMs: number;
  readonly reservedInstances: number;
  readonly breakersOpen: number;
  readonly pausesOpen: number;
  /** Migrations that nobody looks at until an operator resumes them. */
  readonly parked: number;
  readonly paces: readonly PaceTally[];
  /** Ids evenly spread over all that are there; all of them where there are few. */
  readonly samples: Readonly<Record<'scheduled' | 'queued' | 'checking', readonly string[]>>;
  /** Ids of the imports that began first, or are likely to have. */
  readonly oldestImports: readonly string[];
}

export abstract class Tallies {
  /** A bounded number of reads, whatever is stored. Throws when the store does not answer. */
  abstract count(): Promise<Tally>;
}

export interface Stock extends Omit<Tally, 'samples' | 'oldestImports'> {
  readonly oldestQueuedMs: number;
  /** Those that were not submitted yet by what they wait for; beyond a few of each status extrapolated. */
  readonly waiting: Readonly<Record<WaitCause, number>>;
  /** Of the oldest imports. */
  readonly overdue: number;
}
