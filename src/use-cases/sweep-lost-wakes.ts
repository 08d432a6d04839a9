/**
 * Makes again every wake-up that was lost: the records say what is due, whatever became of the jobs.
 *
 * One process sweeps at a time, as long as it renews its lease; another takes over when that has expired.
 * What is overdue is read page by page to its end, so that nothing that stays overdue (it waits for the
 * quota, or for a quarantine to end) hides what comes after it. Of those that wait for instances the
 * instances are gone through, not the migrations.
 */
import { taskFor } from '../domain/migration.js';
import { LOST_WAKE_AFTER_MS, SWEEP_AHEAD_MS } from '../domain/policy.js';
import type { Waiter } from '../domain/scheduling.js';
import {
  Clock,
  InstanceLeases,
  MigrationStore,
  SweepLease,
  Wakes,
  type DueCursor,
  type DueRecord,
  type Wake,
} from './ports.js';

/** Read at once; between two chunks others get their turn. */
const CHUNK = 500;

/** Of those that wait for others so many are looked at each time, in turn: their wake-ups are many to check. */
const DEPENDENTS = 250;

/** Places in the row that are looked through for those each time. */
const PLACES = 4 * CHUNK;

/** Waiters of one instance that are looked at for one that could start; of more a decision looks for itself. */
const SOME_WAITERS = 64;

interface Parts {
  readonly migrations: MigrationStore;
  readonly leases: InstanceLeases;
  readonly lease: SweepLease;
  readonly wakes: Wakes;
  readonly clock: Clock;
}

export class SweepLostWakes {
  /** Where in the row it is looked for dependents next. */
  private nextPlace = 0;

  constructor(private readonly parts: Parts) {}

  async sweep(): Promise<void> {
    if (!(await this.parts.lease.hold())) return;
    await this.wakeDue();
    await this.decideOnFree();
    await this.wakeDependents();
  }

  /** So that another process need not wait until the lease has expired. */
  async stop(): Promise<void> {
    await this.parts.lease.release();
  }

  private async wakeDue(): Promise<void> {
    const { migrations, wakes, clock, lease } = this.parts;
    const now = clock.now();
    let cursor: DueCursor | null = null;
    do {
      const page = await migrations.dueBefore(now + SWEEP_AHEAD_MS, CHUNK, cursor);
      await wakes.wake(page.items.flatMap((record) => wakesOf(record, now)));
      cursor = page.next;
    } while (cursor !== null && (await lease.hold()));
  }

  /**
   * Where nobody holds an instance that somebody waits for, a decision about it may have been lost. A
   * decision looks at all who wait on the instances of one: one wake-up for each instance is enough.
   */
  private async decideOnFree(): Promise<void> {
    const { leases, wakes, clock, lease } = this.parts;
    const decided = new Set<string>();
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<InstanceLeases['waitedFor']>> = await leases.waitedFor(
        cursor,
        CHUNK,
      );
      const held = await leases.holders(page.instanceIds);
      const free = page.instanceIds.filter((one) => !held.has(one) && !decided.has(one));
      const waiters = await this.startable(free);
      const made: Wake[] = [];
      for (const { id, sourceInstanceId, targetInstanceId } of waiters) {
        if (decided.has(sourceInstanceId) && decided.has(targetInstanceId)) continue;
        decided.add(sourceInstanceId).add(targetInstanceId);
        made.push(scheduleWake(id, clock.now()));
      }
      await wakes.wake(made);
      cursor = page.next;
    } while (cursor !== null && (await lease.hold()));
  }

  /** For each free instance one that waits for it and whose other instance is free, too, as far as is seen. */
  private async startable(free: readonly string[]): Promise<readonly Waiter[]> {
    const { leases } = this.parts;
    const rows = await leases.someWaitersOn(free, SOME_WAITERS);
    const others = rows.flatMap(({ waiters }) => waiters.flatMap((one) => instancesOf(one)));
    const held = await leases.holders([...new Set(others)]);
    return rows.flatMap(({ waiters, areAll }) => {
      const first = waiters.find((one) => instancesOf(one).every((each) => !held.has(each)));
      // One that was not seen may be able to start.
      return first ?? (areAll ? [] : (waiters[0] ?? []));
    });
  }

  private async wakeDependents(): Promise<void> {
    const { migrations, wakes, clock } = this.parts;
    const found: string[] = [];
    const until = this.nextPlace + PLACES;
    while (this.nextPlace < until && found.length < DEPENDENTS) {
      const places = await migrations.queued(this.nextPlace, CHUNK);
      for (const [index, { id, isReady }] of places.entries()) {
        if (isReady) continue;
        found.push(id);
        if (found.length < DEPENDENTS) continue;
        this.nextPlace += index + 1 - CHUNK;
        break;
      }
      this.nextPlace += CHUNK;
      if (places.length === CHUNK || found.length === DEPENDENTS) continue;
      this.nextPlace = 0;
      break;
    }
    const now = clock.now();
    await wakes.wake(found.map((id) => scheduleWake(id, now)));
  }
}

const instancesOf = (waiter: Waiter): readonly string[] => [
  waiter.sourceInstanceId,
  waiter.targetInstanceId,
];

const scheduleWake = (id: string, now: number): Wake => ({
  ...{ to: 'schedule', migrationId: id, version: 'sweep', atMs: now },
});

/**
 * What is overdue at once, and what was to wait for long when its time is near: no job was made for it
 * before. Named as the wake-up that was lost: if it was only late, the two are one job.
 */
function wakesOf({ id, atMs, status, version }: DueRecord, now: number): readonly Wake[] {
  const isOverdue = atMs <= now - LOST_WAKE_AFTER_MS;
  if (id.startsWith('bat_')) return isOverdue ? [scheduleWake(id, now)] : [];
  const to = status === null ? null : taskFor(status);
  if (to === null || !(isOverdue || to === 'schedule')) return [];
  return [{ to, migrationId: id, version, atMs: Math.max(atMs, now) }];
}
