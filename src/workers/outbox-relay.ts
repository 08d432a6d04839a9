/**
 * Passes wake-ups on from the outbox: those for now to this process's own looks while there is room, all
 * others to the queues. A wake-up leaves the outbox when its look is done or its job is in a queue; one
 * whose process died in between is found there by any other process and passed on. Twice is harmless.
 */
import { Queue, type ConnectionOptions } from 'bullmq';
import { FAR_WAKE_MS } from '../domain/policy.js';
import { Clock, Journal, Outbox, Wakes, type Wake } from '../use-cases/ports.js';
import { JOB_OPTIONS, TASKS, jobIdOf, type LookJob, type Task } from './queues.js';

const POLL_INTERVAL_MS = 1_000;
/** One that lies there for longer was left behind: as long as the lock of a job that was. */
const LEFT_BEHIND_MS = 10_000;
const CHUNK = 500;

/** These wake-ups were due, and whoever had taken them has died, or is very slow: their looks may have been cut off. */
export type LookCutOff = (ids: readonly string[]) => Promise<void>;

/** Runs a look in this process: resolves with when to look again; null when there is no room for it. */
export type LookNow = (wake: Wake) => Promise<number | null> | null;

export class OutboxRelay extends Wakes {
  private readonly queues: ReadonlyMap<Task, Queue<LookJob>>;
  private readonly firstSeen = new Map<string, number>();
  /** Entries for the queues, each with the job it becomes. */
  private fresh: { readonly entry: Wake; readonly job: Wake }[] = [];
  /** Entries whose looks are done. */
  private done: Wake[] = [];
  private readonly looks = new Set<Promise<void>>();
  /** Names of the wake-ups that those looks are for. */
  private readonly taken = new Set<string>();
  private cutOff: LookCutOff = async () => {};
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

  start(lookNow: LookNow, cutOff: LookCutOff = this.cutOff): void {
    this.cutOff = cutOff;
    this.outbox.onAppend((wakes) => this.take(wakes, lookNow));
    this.timer ??= setInterval(() => this.relaySoon(), POLL_INTERVAL_MS);
  }

  /** Waits for the looks of this process, and for what they wrote to be passed on. */
  async stop(): Promise<void> {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    while (this.looks.size > 0) await Promise.all(this.looks);
    while (this.running !== null) await this.running;
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

  private take(wakes: readonly Wake[] | null, lookNow: LookNow): void {
    if (wakes === null) this.isAsked = true;
    const now = this.clock.now();
    for (const entry of wakes ?? []) {
      const look = entry.atMs <= now ? lookNow(entry) : null;
      if (look === null) this.fresh.push({ entry, job: entry });
      else this.follow(entry, look);
    }
    if (this.isAsked || this.fresh.length > 0) this.relaySoon();
  }

  /** A look that fails is left to a queue, which tries again. */
  private follow(entry: Wake, look: Promise<number | null>): void {
    this.taken.add(nameOf(entry));
    const following = this.outcomeOf(entry, look).finally(() => {
      this.taken.delete(nameOf(entry));
      this.looks.delete(following);
      this.relaySoon();
    });
    this.looks.add(following);
  }

  private async outcomeOf(entry: Wake, look: Promise<number | null>): Promise<void> {
    try {
      const again = await look;
      if (again === null) this.done.push(entry);
      else this.fresh.push({ entry, job: { ...entry, atMs: again } });
    } catch (error) {
      this.warn('a look failed', error, { task: entry.to, id: entry.migrationId });
      this.fresh.push({ entry, job: entry });
    }
  }

  /** One relay at a time; what comes meanwhile is taken by the next round. */
  private relaySoon(): void {
    this.running ??= this.relayAll().finally(() => {
      this.running = null;
      if (this.fresh.length > 0 || this.done.length > 0) this.relaySoon();
    });
  }

  private async relayAll(): Promise<void> {
    const [fresh, done, isAsked] = [this.fresh, this.done, this.isAsked];
    [this.fresh, this.done, this.isAsked] = [[], [], false];
    try {
      await this.wake(fresh.filter((one) => !this.isLeftToSweep(one)).map(({ job }) => job));
      await this.outbox.passedOn([...done, ...fresh.map(({ entry }) => entry)]);
      if (isAsked) await this.passOn((pending) => pending);
      else if (fresh.length + done.length === 0) await this.passOnLeftBehind();
    } catch (error) {
      // All of it is still in the outbox: the next poll takes whatever is there.
      this.warn('the outbox could not be passed on; it is tried again', error, {});
      this.isAsked = true;
    }
  }

  private async passOn(
    choose: (pending: readonly Wake[]) => readonly Wake[],
    before: (chosen: readonly Wake[]) => Promise<void> = async () => {},
  ): Promise<void> {
    for (;;) {
      const chosen = choose(await this.outbox.pending(CHUNK));
      if (chosen.length === 0) return;
      await before(chosen);
      await this.wake(chosen.filter((one) => !this.isLeftToSweep({ entry: one, job: one })));
      await this.outbox.passedOn(chosen);
    }
  }

  /**
   * The record itself says that its time is far away, and the sweep will find it there. So none is left
   * over of a migration that is canceled or put off meanwhile.
   */
  private isLeftToSweep({ entry, job }: { readonly entry: Wake; readonly job: Wake }): boolean {
    const isFar = entry.atMs > this.clock.now() + FAR_WAKE_MS;
    return entry.to === 'schedule' && job.atMs === entry.atMs && isFar;
  }

  private async passOnLeftBehind(): Promise<void> {
    await this.passOn(
      (pending) => this.leftBehind(pending),
      async (wakes) => {
        const now = this.clock.now();
        const isCutOff = (wake: Wake): boolean => wake.atMs <= now && !this.taken.has(nameOf(wake));
        await this.cutOff(wakes.filter(isCutOff).map(({ migrationId }) => migrationId));
      },
    );
  }

  private leftBehind(pending: readonly Wake[]): readonly Wake[] {
    const now = this.clock.now();
    const names = new Set(pending.map(nameOf));
    for (const name of this.firstSeen.keys()) if (!names.has(name)) this.firstSeen.delete(name);
    for (const name of names) if (!this.firstSeen.has(name)) this.firstSeen.set(name, now);
    return pending.filter(
      (wake) => now - (this.firstSeen.get(nameOf(wake)) ?? now) >= LEFT_BEHIND_MS,
    );
  }

  private warn(what: string, error: unknown, facts: Readonly<Record<string, unknown>>): void {
    const why = error instanceof Error ? error.message : String(error);
    this.journal.warn(what, { ...facts, why });
  }
}

const nameOf = (wake: Wake): string => `${wake.to} ${wake.migrationId} ${wake.version}`;
