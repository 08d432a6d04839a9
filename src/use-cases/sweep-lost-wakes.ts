// Makes again every wake-up that was lost: the records say what is due, whatever became of the jobs.
import { Injectable } from '@nestjs/common';
import { taskFor, type Migration } from '../domain/migration.js';
import { LOST_WAKE_AFTER_MS } from '../domain/policy.js';
import { Clock, InstanceLeases, MigrationStore, Wakes, type Place, type Wake } from './ports.js';

/** Read at once; between two chunks others get their turn. */
const CHUNK = 500;

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
    const overdue = await this.migrations.dueBefore(now - LOST_WAKE_AFTER_MS, CHUNK);
    const found = await this.migrations.findAll(overdue);
    await this.wakes.wake(found.flatMap((migration) => wakeOf(migration, now)));
    const batches = overdue.filter((id) => id.startsWith('bat_'));
    await this.wakes.wake(batches.map((id) => scheduleWake(id, now)));
    for (let from = 0; ; from += CHUNK) {
      const places = await this.migrations.queued(from, CHUNK);
      await this.wakes.wake(await this.startable(places, now));
      if (places.length < CHUNK) return;
    }
  }

  /** Of those that wait, the ones whose two instances nobody holds: a decision about them was lost. */
  private async startable(places: readonly Place[], now: number): Promise<readonly Wake[]> {
    const instances = (place: Place): string[] => [place.sourceInstanceId, place.targetInstanceId];
    const holders = await this.leases.holders([...new Set(places.flatMap(instances))]);
    return places
      .filter((place) => !instances(place).some((instanceId) => holders.has(instanceId)))
      .map(({ id }) => scheduleWake(id, now));
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
