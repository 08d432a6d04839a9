// Makes again every wake-up that was lost: the records say what is due, whatever became of the jobs.
import { Injectable } from '@nestjs/common';
import { taskFor, type Migration } from '../domain/migration.js';
import { LOST_WAKE_AFTER_MS } from '../domain/policy.js';
import { Clock, InstanceLeases, MigrationStore, Wakes, type Place, type Wake } from './ports.js';

/** Read at once; between two chunks others get their turn. */
const CHUNK = 500;

/** Of those that wait for others so many are looked at each time, in turn: their wake-ups are many to check. */
const DEPENDENTS = 250;

@Injectable()
export class SweepLostWakes {
  private nextDependent = 0;

  constructor(
    private readonly migrations: MigrationStore,
    private readonly leases: InstanceLeases,
    private readonly wakes: Wakes,
    private readonly clock: Clock,
  ) {}

  async sweep(): Promise<void> {
    const now = this.clock.now();
    const overdue = await this.migrations.dueBefore(now - LOST_WAKE_AFTER_MS, CHUNK);
    const found = await this.migrations.findAll(overdue);
    await this.wakes.wake(found.flatMap((migration) => wakeOf(migration, now)));
    const batches = overdue.filter((id) => id.startsWith('bat_'));
    await this.wakes.wake(batches.map((id) => scheduleWake(id, now)));
    const looked = new Set<string>();
    let dependent = 0;
    for (let from = 0; ; from += CHUNK) {
      const places = await this.migrations.queued(from, CHUNK);
      const ready = places.filter(({ isReady }) => isReady);
      await this.wakes.wake(await this.startable(ready, looked, now));
      const unready = places.filter(({ isReady }) => !isReady);
      const turn = unready.filter(() => this.isTurnOf(dependent++));
      await this.wakes.wake(turn.map(({ id }) => scheduleWake(id, now)));
      if (places.length < CHUNK) break;
    }
    this.nextDependent =
      dependent > this.nextDependent + DEPENDENTS ? this.nextDependent + DEPENDENTS : 0;
  }

  private isTurnOf(place: number): boolean {
    return place >= this.nextDependent && place < this.nextDependent + DEPENDENTS;
  }

  /**
   * Where nobody holds the two instances of one that waits, a decision about them may have been lost. A
   * decision looks at all who wait on its instances: one for each instance is enough, so that ten
   * thousand that wait for a pause to end cost no more than their instances.
   */
  private async startable(
    places: readonly Place[],
    looked: Set<string>,
    now: number,
  ): Promise<readonly Wake[]> {
    const instances = (place: Place): string[] => [place.sourceInstanceId, place.targetInstanceId];
    const holders = await this.leases.holders([...new Set(places.flatMap(instances))]);
    return places.flatMap((place) => {
      const both = instances(place);
      const isHeld = both.some((instanceId) => holders.has(instanceId));
      if (isHeld || both.every((instanceId) => looked.has(instanceId))) return [];
      for (const instanceId of both) looked.add(instanceId);
      return [scheduleWake(place.id, now)];
    });
  }
}

const scheduleWake = (id: string, now: number): Wake => ({
  ...{ to: 'schedule', migrationId: id, version: 'sweep', atMs: now },
});

/** Named as the wake-up that was lost: if it was only late, the two are one job. */
function wakeOf(migration: Migration, now: number): readonly Wake[] {
  const to = taskFor(migration.status);
  if (to === null) return [];
  return [{ to, migrationId: migration.id, version: String(migration.version), atMs: now }];
}
