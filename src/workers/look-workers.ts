// One worker for each queue. A job that runs twice, late or never changes only timing.
import { DelayedError, Worker, type ConnectionOptions, type Job } from 'bullmq';
import { Clock, Journal, type Wake } from '../use-cases/ports.js';
import type { GuardedLook } from '../use-cases/park-poison-records.js';
import { CONCURRENCY, TASKS, type LookJob, type Task } from './queues.js';

/** A crashed worker's jobs are taken over within about 15 s. */
const LOCK_MS = 10_000;
const STALLED_INTERVAL_MS = 5_000;

export class LookWorkers {
  private readonly workers: readonly Worker<LookJob>[];
  /** Looks of this process beside the queues: how many of each task. */
  private readonly underWay: Record<Task, number> = {
    ...{ schedule: 0, submit: 0, track: 0, deliver: 0 },
  };
  private isStopping = false;

  constructor(
    private readonly looks: Readonly<Record<Task, GuardedLook>>,
    private readonly clock: Clock,
    private readonly journal: Journal,
    queueOptions: { readonly connection: ConnectionOptions; readonly prefix: string },
  ) {
    this.workers = TASKS.map((task) => {
      const worker = new Worker<LookJob>(task, (job, token) => this.run(looks[task], job, token), {
        ...queueOptions,
        concurrency: CONCURRENCY[task],
        lockDuration: LOCK_MS,
        stalledInterval: STALLED_INTERVAL_MS,
        // A job is never given up for that: what crashes its worker again and again is parked.
        maxStalledCount: Number.MAX_SAFE_INTEGER,
        autorun: false,
      });
      worker.on('failed', (job, error) => {
        journal.warn('a look failed', { task, migrationId: job?.data.id, why: error.message });
      });
      worker.on('error', (error) => {
        journal.warn('a worker lost Redis', { task, why: error.message });
      });
      return worker;
    });
  }

  start(): void {
    for (const worker of this.workers) {
      worker.run().catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        this.journal.warn('a worker stopped', { task: worker.name, why });
      });
    }
  }

  get isRunning(): boolean {
    return this.workers.every((worker) => worker.isRunning());
  }

  /** As a job of the queue would, at once; null when this process has enough to do. */
  lookNow({ to, migrationId }: Wake): Promise<number | null> | null {
    if (this.isStopping || this.underWay[to] >= CONCURRENCY[to]) return null;
    this.underWay[to] += 1;
    return this.looks[to](migrationId, false).finally(() => {
      this.underWay[to] -= 1;
    });
  }

  /** Takes no more jobs and waits for those under way. */
  async stop(): Promise<void> {
    this.isStopping = true;
    await Promise.all(this.workers.map((worker) => worker.close()));
  }

  private async run(
    look: GuardedLook,
    job: Job<LookJob>,
    token: string | undefined,
  ): Promise<void> {
    const again = await look(job.data.id, job.stalledCounter > 0);
    if (again === null) return;
    // The work waits in the queue, not in this worker.
    await job.moveToDelayed(Math.max(again, this.clock.now() + 1), token);
    throw new DelayedError();
  }
}
