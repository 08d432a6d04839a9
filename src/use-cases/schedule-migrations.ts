// Decides about what waits: whose time has come, whose dependencies are met, and then who starts on the instances.
import { Injectable } from '@nestjs/common';
import { instancesOf, isEnded, isInRow, type Migration, type Reason } from '../domain/migration.js';
import { note, tooEarly, transition, type Changes, type Step } from '../domain/migration-step.js';
import type { TransitionName } from '../domain/transitions.js';
import { opensAt } from '../domain/window.js';
import { LookAfterBatch } from './look-after-batch.js';
import { Clock, Durability, Journal, MigrationStore } from './ports.js';
import { BatchStore } from './ports-batches.js';
import { StartMigrations } from './start-migrations.js';
import { withdraw } from './withdraw.js';

@Injectable()
export class ScheduleMigrations {
  constructor(
    private readonly migrations: MigrationStore,
    private readonly batches: BatchStore,
    private readonly starting: StartMigrations,
    private readonly looking: LookAfterBatch,
    private readonly durability: Durability,
    private readonly clock: Clock,
    private readonly journal: Journal,
  ) {}

  /**
   * Queues the migration when its time has come, then grants the instances it names to whoever is
   * next on them. Also told of a migration that has just given its instances back, of one that another
   * waited for, and of batches. Answers when to look again (ms), or null.
   */
  async decide(id: string): Promise<number | null> {
    if (id.startsWith('bat_')) return this.looking.look(id);
    let migration = await this.migrations.find(id);
    if (migration === null) return null;
    if (migration.parked !== null) {
      // Others may start on what it has given back.
      await this.starting.startOn(instancesOf(migration));
      return null;
    }
    if (migration.status === 'scheduled') {
      const early = tooEarly(migration, this.clock.now());
      if (early !== null) {
        // That it cannot start need not wait for its time.
        if (!migration.isReady) await this.awaitOthers(migration);
        // It may just have given its instances back.
        await this.starting.startOn(instancesOf(migration));
        return early === 'stray' ? null : early;
      }
      migration = await this.fallDue(migration);
    }
    if (migration?.status === 'queued' && !isInRow(migration)) {
      migration = await this.awaitReadiness(migration);
    }
    if (migration === null) return null;
    const freedAt = isEnded(migration.status) ? migration.finishedAt : null;
    await this.starting.startOn(instancesOf(migration), freedAt);
    // The write that set a fence has made a wake-up for its end, unless a window came between.
    const { fencedUntil, wakeAt } = migration;
    return migration.status === 'queued' && wakeAt === null ? fencedUntil : null;
  }

  /** Null when it has to wait after all, or somebody else was first. */
  private async fallDue(migration: Migration): Promise<Migration | null> {
    const now = this.clock.now();
    const batch = migration.batchId === null ? null : await this.batches.find(migration.batchId);
    const opens = batch?.window == null ? now : opensAt(batch.window, now);
    if (opens <= now) return this.write(migration, 'due', { heldBack: null });
    await this.migrations.apply(note(migration, { wakeAt: opens }));
    return null;
  }

  /** Null where somebody else was first, or there is something to wait for. */
  private async awaitReadiness(migration: Migration): Promise<Migration | null> {
    const { fencedUntil } = migration;
    if (fencedUntil === null) return this.awaitOthers(migration);
    // What it gave back is for others to start on.
    if (fencedUntil > this.clock.now()) return migration;
    // It was submitted before: all that it depends on has succeeded.
    const changes = { fencedUntil: null, wakeAt: null, isReady: true };
    const outcome = await this.migrations.apply(note(migration, changes));
    return outcome.kind === 'applied' ? outcome.migration : null;
  }

  /** The last success of those that it depends on makes a look, and each failure. Null while it has to wait. */
  private async awaitOthers(migration: Migration): Promise<Migration | null> {
    const others = await this.migrations.statuses(migration.dependsOn);
    const failed = [...others].find(([, status]) => isEnded(status) && status !== 'succeeded');
    // What one wanted again after a long time depends on may have been dropped: how it ended is not known.
    if (failed !== undefined || others.size < migration.dependsOn.length) {
      const message =
        failed === undefined
          ? 'One that it depends on is not kept any more (RETENTION_DAYS).'
          : `${failed[0]}, which it depends on, ended ${failed[1]}.`;
      const reason: Reason = { code: 'dependency_failed', message };
      const rollback = await this.durability.rollback();
      const wish = { reason, ifRunning: 'finish' } as const;
      const step = withdraw(migration, rollback, wish, this.clock.now());
      if (step !== null) await this.apply(step);
      return null;
    }
    if (![...others.values()].every((status) => status === 'succeeded')) return null;
    const outcome = await this.migrations.apply(note(migration, { isReady: true }));
    return outcome.kind === 'applied' ? outcome.migration : null;
  }

  private async write(
    migration: Migration,
    name: TransitionName,
    changes: Changes,
  ): Promise<Migration | null> {
    return this.apply(transition(migration, name, this.clock.now(), changes));
  }

  private async apply(step: Step): Promise<Migration | null> {
    const outcome = await this.migrations.apply(step);
    if (outcome.kind !== 'applied') return null;
    if (step.name !== null) this.journal.transition(step);
    return outcome.migration;
  }
}
