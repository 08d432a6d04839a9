// Starts what can start: the next decision looks only at migrations that wait on the instances in question.
import { Injectable } from '@nestjs/common';
import { instancesOf, type Migration } from '../domain/migration.js';
import { tooEarly, transition } from '../domain/migration-step.js';
import { nextToStart, type Waiter } from '../domain/scheduling.js';
import { Clock, InstanceLeases, Journal, MigrationStore, type ApplyOutcome } from './ports.js';

@Injectable()
export class ScheduleMigrations {
  constructor(
    private readonly migrations: MigrationStore,
    private readonly leases: InstanceLeases,
    private readonly clock: Clock,
    private readonly journal: Journal,
  ) {}

  /**
   * Queues the migration when its time has come, then grants the instances it names to whoever is
   * next on them. Also told of a migration that has just given its instances back.
   * Answers when to look again (ms), or null.
   */
  async decide(id: string): Promise<number | null> {
    const migration = await this.migrations.find(id);
    if (migration === null) return null;
    if (migration.status === 'scheduled') {
      const early = tooEarly(migration, this.clock.now());
      if (early !== null) return early === 'stray' ? null : early;
      await this.write(migration, 'due');
    }
    await this.startOn(instancesOf(migration));
    return null;
  }

  private async startOn(instanceIds: readonly string[]): Promise<void> {
    // Nobody can start on an instance that is held; giving it back makes a decision of its own.
    const held = await this.leases.holders(instanceIds);
    const free = instanceIds.filter((instanceId) => !held.has(instanceId));
    if (free.length === 0) return;
    const waiters = new Map<string, Waiter>();
    for (const waiter of await this.leases.waitersOn(free)) waiters.set(waiter.id, waiter);
    if (waiters.size === 0) return;
    const involved = [
      ...new Set([...waiters.values()].flatMap((w) => [w.sourceInstanceId, w.targetInstanceId])),
    ];
    const [holders, counts] = await Promise.all([
      this.leases.holders(involved),
      this.leases.waitingCounts(involved),
    ]);
    const taken = new Set(holders.keys());
    const situation = {
      nowMs: this.clock.now(),
      isFree: (instanceId: string) => !taken.has(instanceId),
      remainingWork: (instanceId: string) => counts.get(instanceId) ?? 0,
    };
    for (;;) {
      const next = nextToStart(waiters.values(), situation);
      if (next === null) return;
      waiters.delete(next.id);
      for (const instanceId of await this.grant(next)) taken.add(instanceId);
    }
  }

  /** The instances that are no longer free after the attempt. */
  private async grant(waiter: Waiter): Promise<readonly string[]> {
    const migration = await this.migrations.find(waiter.id);
    if (migration?.status !== 'queued') return [];
    const outcome = await this.write(migration, 'granted');
    if (outcome.kind === 'applied') return instancesOf(migration);
    return outcome.kind === 'occupied' ? [outcome.instanceId] : [];
  }

  private async write(migration: Migration, name: 'due' | 'granted'): Promise<ApplyOutcome> {
    const now = this.clock.now();
    const wakeAt = name === 'granted' ? now : null;
    const step = transition(migration, name, now, { wakeAt, heldBack: null });
    const outcome = await this.migrations.apply(step);
    if (outcome.kind === 'applied') this.journal.transition(step);
    return outcome;
  }
}
