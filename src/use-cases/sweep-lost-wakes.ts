// Makes again every wake-up that was lost: the records say what is due, whatever became of the jobs.
import { Injectable } from '@nestjs/common';
import { instancesOf, taskFor, type Migration } from '../domain/migration.js';
import { LOST_WAKE_AFTER_MS } from '../domain/policy.js';
import { Clock, InstanceLeases, MigrationStore, Wakes, type Wake } from './ports.js';

const MOST_AT_ONCE = 10_000;

@Injectable()
export class SweepLostWakes {
  constructor(
    private readonly migrations: MigrationStore,
    private readonly leases: InstanceLeases,
    private readonly wakes: Wakes,
    private readonly clock: Clock,
  ) {}

  async sweep(): Promise<void> {
    const now = this.clock.now();
    const [overdue, queued] = await Promise.all([
      this.migrations.dueBefore(now - LOST_WAKE_AFTER_MS, MOST_AT_ONCE),
      this.migrations.queued(MOST_AT_ONCE),
    ]);
    const due = await this.found(overdue);
    const idle = await this.startable(await this.found(queued));
    await this.wakes.wake([...due, ...idle].flatMap((migration) => wakeOf(migration, now)));
  }

  private async found(ids: readonly string[]): Promise<readonly Migration[]> {
    const migrations = await Promise.all(ids.map((id) => this.migrations.find(id)));
    return migrations.filter((migration) => migration !== null);
  }

  /** Of those that wait, the ones whose two instances nobody holds. */
  private async startable(waiting: readonly Migration[]): Promise<readonly Migration[]> {
    const holders = await this.leases.holders([
      ...new Set(waiting.flatMap((migration) => instancesOf(migration))),
    ]);
    return waiting.filter((migration) => !instancesOf(migration).some((id) => holders.has(id)));
  }
}

function wakeOf(migration: Migration, now: number): readonly Wake[] {
  const to = taskFor(migration.status);
  return to === null ? [] : [{ to, migrationId: migration.id, version: 'sweep', atMs: now }];
}
