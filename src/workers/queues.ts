// The queues: names and options. A job carries an id and says "look at this record", nothing else.
import type { JobsOptions } from 'bullmq';
import type { Wake } from '../use-cases/ports.js';

export const TASKS = [
  'schedule',
  'submit',
  'track',
  'deliver',
] as const satisfies readonly Wake['to'][];
export type Task = (typeof TASKS)[number];

export interface LookJob {
  readonly id: string;
}

/**
 * Migrations looked at together by one process: calls upstream are held back by the quota anyway. Of
 * webhooks more, as those that are slow only wait: so many of them there may be before others wait, too.
 */
export const CONCURRENCY: Readonly<Record<Task, number>> = {
  ...{ schedule: 8, submit: 16, track: 16 },
  deliver: 64,
};

/** A failed look is tried again; one that keeps failing is found by the sweep. Nothing is kept. */
export const JOB_OPTIONS: JobsOptions = {
  attempts: 5,
  backoff: { type: 'exponential', delay: 500, jitter: 0.5 },
  removeOnComplete: true,
  removeOnFail: true,
};

/** BullMQ refuses `:` and digits-only ids; the same wake-up made twice is one job while it lasts. */
export const jobIdOf = (wake: Wake): string => `${wake.migrationId}-${wake.version}`;
