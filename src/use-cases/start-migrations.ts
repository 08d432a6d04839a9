// Grants instances to whoever is next on them: one decision over what is free, what waits and what batches allow.
import { Injectable } from '@nestjs/common';
import type { Batch } from '../domain/batch.js';
import { batchHold } from '../domain/batch-gate.js';
import { instancesOf, isInRow, type Migration } from '../domain/migration.js';
import { transition } from '../domain/migration-step.js';
import type { Waiter } from '../domain/scheduling.js';
import { Board } from './board.js';
import { HeldByBreaker } from './held-by-breaker.js';
import { LearnedDurations } from './learned-durations.js';
import { Clock, InstanceLeases, Journal, MigrationStore, type ApplyOutcome } from './ports.js';
import { BatchStore } from './ports-batches.js';
import { Tracing } from './ports-tracing.js';

/** Grants written at once: they concern different instances. */
const AT_ONCE = 16;

/** Whoever was queued longer ago did not wait for a decision, but for something that has ended now. */
const DECIDED_WITHIN_MS = 15_000;

/** Instances that a decision is about, and since when each is free, where an end has freed it. */
type Named = ReadonlyMap<string, number | null>;

/** Made when the one before it is done, whatever became of that. */
class NextDecision {
  readonly named = new Map<string, number | null>();
  readonly made: Promise<void>;

  constructor(before: Promise<void>, make: (named: Named) => Promise<void>) {
    const now = (): Promise<void> => make(this.named);
    this.made = before.then(now, now);
  }
}

@Injectable()
export class StartMigrations {
  private running: Promise<void> | null = null;
  private next: NextDecision | null = null;

  constructor(
    private readonly migrations: MigrationStore,
    private readonly leases: InstanceLeases,
    private readonly batches: BatchStore,
    private readonly durations: LearnedDurations,
    private readonly clock: Clock,
    private readonly journal: Journal,
    private readonly held: HeldByBreaker,
    private readonly tracing: Tracing,
  ) {}

  /**
   * One decision at a time in a process: instances named meanwhile are decided on together, right
   * after it. Each by itself would read the same rows again, and pick the same migrations.
   * `freedAt`: when the end of a migration gave them back.
   */
  async startOn(instanceIds: readonly string[], freedAt: number | null = null): Promise<void> {
    const { running } = this;
    if (running === null) return this.run(new Map(instanceIds.map((id) => [id, freedAt])));
    const next = (this.next ??= new NextDecision(running, (named) => this.run(named)));
    for (const instanceId of instanceIds) {
      next.named.set(instanceId, freedAt ?? next.named.get(instanceId) ?? null);
    }
    return next.made;
  }

  private run(named: Named): Promise<void> {
    this.next = null;
    const decide = (): Promise<void> => this.decide(named);
    const running = this.tracing.span('decide', {}, decide).finally(() => {
      if (this.running === running) this.running = null;
    });
    return (this.running = running);
  }

  /** Nobody can start on an instance that is held; giving it back makes a decision of its own. */
  private async decide(named: Named): Promise<void> {
    const instanceIds = [...named.keys()];
    const held = await this.leases.holders(instanceIds);
    const free = instanceIds.filter((instanceId) => !held.has(instanceId));
    if (free.length === 0) return;
    await this.start(await this.leases.waitersOn(free), free, named);
  }

  async startBatch(batch: Batch): Promise<void> {
    if (batchHold(batch, this.clock.now()) !== null) return;
    const waiters = await this.leases.waitersOfBatch(batch.id);
    // Below a cap few can start: the rows of others are looked up for those few alone.
    if (batch.maxConcurrent !== null) return this.start(waiters, [], new Map());
    const instances = new Set(
      waiters.flatMap((one) => [one.sourceInstanceId, one.targetInstanceId]),
    );
    return this.startOn([...instances]);
  }

  /** `complete`: instances all of whose waiters are among these. */
  private async start(
    waiters: readonly Waiter[],
    complete: readonly string[],
    named: Named,
  ): Promise<void> {
    if (waiters.length === 0) return;
    const models = await this.durations.models();
    const board = new Board(this.clock.now(), models);
    await this.lookUp(board, waiters, complete);
    for (;;) {
      const picked: Waiter[] = [];
      for (let next = board.next(); next !== null && picked.length < AT_ONCE; next = board.next()) {
        const unknown = board.unknownOf(next);
        if (unknown.length > 0) {
          await this.lookUp(board, await this.leases.waitersOn(unknown), unknown);
          continue;
        }
        board.pick(next);
        picked.push(next);
      }
      if (picked.length === 0) return;
      await Promise.all(picked.map((waiter) => this.grant(board, waiter, named)));
    }
  }

  /** Puts on the board who waits, who holds what they wait for, how much work that is, and what batches allow. */
  private async lookUp(
    board: Board,
    waiters: readonly Waiter[],
    complete: readonly string[],
  ): Promise<void> {
    board.add(waiters, complete);
    const { instances, batchIds } = board.unseen();
    const [holders, work, batches, held, paused] = await Promise.all([
      this.leases.holders(instances),
      this.leases.work(instances),
      this.batches.findAll(batchIds),
      this.held.among(waiters),
      this.held.paused(waiters),
    ]);
    board.bar(held.keys());
    board.bar(paused.keys(), 'looks');
    board.see(instances, holders, work);
    board.allow(batchIds, batches);
    const doubtful = board.doubtfulHolders();
    if (doubtful.length > 0) board.findStuck(await this.migrations.findAll(doubtful));
  }

  private async grant(board: Board, waiter: Waiter, named: Named): Promise<void> {
    const migration = await this.migrations.find(waiter.id);
    if (migration === null || !isInRow(migration)) {
      board.putBack(waiter, [waiter.sourceInstanceId, waiter.targetInstanceId]);
      return;
    }
    const now = this.clock.now();
    const step = transition(migration, 'granted', now, {
      ...{ wakeAt: now, heldBack: null },
      startableAt: startableSince(migration, named, now),
    });
    const outcome: ApplyOutcome = await this.migrations.apply(step);
    if (outcome.kind === 'applied') {
      this.journal.transition({ ...step, after: outcome.migration });
      return;
    }
    if (outcome.kind === 'gated' && waiter.batchId !== null) board.close(waiter.batchId);
    const occupied = outcome.kind === 'occupied' ? [outcome.instanceId] : [];
    board.putBack(
      waiter,
      instancesOf(migration).filter((one) => !occupied.includes(one)),
    );
  }
}

/** The later of: it was queued, and the last of its instances to be given back was. */
function startableSince(migration: Migration, named: Named, nowMs: number): number | null {
  const queuedAt = migration.queuedAt ?? migration.createdAt;
  const freed = instancesOf(migration).flatMap((instanceId) => named.get(instanceId) ?? []);
  if (freed.length > 0) return Math.max(queuedAt, ...freed);
  return nowMs - queuedAt <= DECIDED_WITHIN_MS ? queuedAt : null;
}
