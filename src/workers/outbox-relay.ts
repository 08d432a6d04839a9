// Passes wake-ups on from the outbox to the queues; what is passed on twice is looked at twice, no more.
import { Queue, type ConnectionOptions } from 'bullmq';
import { Clock, Journal, Outbox, Wakes, type Wake } from '../use-cases/ports.js';
import { JOB_OPTIONS, TASKS, jobIdOf, type LookJob, type Task } from './queues.js';

/** A wake-up whose process died between the write and the relay waits this long at most. */
const POLL_INTERVAL_MS = 1_000;
const CHUNK = 500;

export class OutboxRelay extends Wakes {
  private readonly queues: ReadonlyMap<Task, Queue<LookJob>>;
  private running: Promise<void> | null = null;
  private isAsked = false;
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly outbox: Outbox,
    private readonly clock: Clock,
    private readonly journal: Journal,
    queueOptions: { readonly connection: ConnectionOptions; readonly prefix: string },
  ) {
    super();
    this.queues = new Map(
      TASKS.map((task) => {
        const queue = new Queue<LookJob>(task, { ...queueOptions, skipMetasUpdate: true });
        queue.on('error', (error) =>
          this.journal.warn('a queue lost Redis', { why: error.message }),
        );
        return [task, queue];
      }),
    );
  }

  start(): void {
    this.outbox.onAppend(() => this.relaySoon());
    this.timer ??= setInterval(() => this.relaySoon(), POLL_INTERVAL_MS);
  }

  async stop(): Promise<void> {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    await this.running;
    await Promise.all([...this.queues.values()].map((queue) => queue.close()));
  }

  override async wake(wakes: readonly Wake[]): Promise<void> {
    const now = this.clock.now();
    await Promise.all(
      [...this.queues].map(async ([task, queue]) => {
        const own = wakes.filter((wake) => wake.to === task);
        if (own.length === 0) return;
        await queue.addBulk(
          own.map((wake) => ({
            name: task,
            data: { id: wake.migrationId },
            opts: { ...JOB_OPTIONS, jobId: jobIdOf(wake), delay: Math.max(0, wake.atMs - now) },
          })),
        );
      }),
    );
  }

  /** One relay at a time; what is written meanwhile is taken by the next round. */
  private relaySoon(): void {
    this.isAsked = true;
    this.running ??= this.relayAll()
      .catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        this.journal.warn('the outbox could not be passed on; it is tried again', { why });
      })
      .finally(() => {
        this.running = null;
      });
  }

  private async relayAll(): Promise<void> {
    while (this.isAsked) {
      this.isAsked = false;
      const wakes = await this.outbox.pending(CHUNK);
      if (wakes.length === 0) continue;
      await this.wake(wakes);
      await this.outbox.passedOn(wakes);
      this.isAsked = true;
    }
  }
}
