/**
 * Drops what ended RETENTION_DAYS ago: migrations on their own by their own end, those of a batch with the
 * batch by its end, events by their time. The audit log has a bound of its own (`drop-audit.ts`).
 *
 * Every drop is all of one record or nothing, and looks at the record as it is then: whoever wants it
 * again is first, or finds nothing. It may stop anywhere and be done again by anybody.
 */
import { Injectable } from '@nestjs/common';
import { isEnded, type Migration } from '../domain/migration.js';
import { Clock, MigrationStore, Settings, Shutdown } from './ports.js';
import { BatchStore } from './ports-batches.js';
import { EventLog } from './ports-events.js';
import { Retention } from './ports-retention.js';

const DAY_MS = 86_400_000;

/** Of one round: a few seconds of small scripts, between which everything else has its turn. */
const MOST_AT_ONCE = 5_000;
const PAGE = 100;
/** Scripts under way at the same time. */
const SIDE_BY_SIDE = 10;

@Injectable()
export class DropEnded {
  constructor(
    private readonly retention: Retention,
    private readonly migrations: MigrationStore,
    private readonly batches: BatchStore,
    private readonly events: EventLog,
    private readonly settings: Settings,
    private readonly clock: Clock,
    private readonly shutdown: Shutdown,
  ) {}

  /** One round; the next goes on where this one stopped. */
  async drop(): Promise<void> {
    const byMs = this.clock.now() - this.settings.retentionDays * DAY_MS;
    await this.events.dropBefore(byMs);
    const round: Round = { byMs, looked: 0, kept: 0, failures: [] };
    for (;;) {
      const ids = await this.retention.endedBy(byMs, round.kept, PAGE);
      for (const id of ids) if (this.mayGoOn(round)) await this.take(id, round);
      if (ids.length === 0 || !this.mayGoOn(round)) break;
    }
    await this.retention.dropUnused(this.clock.now());
    if (round.failures.length > 0) throw new AggregateError(round.failures, messageOf(round));
  }

  private mayGoOn({ looked }: Round): boolean {
    return looked < MOST_AT_ONCE && !this.shutdown.isUnderWay;
  }

  /** One that stays, for whatever reason, must not be in the way of the others. */
  private async take(id: string, round: Round): Promise<void> {
    try {
      const { count, isGone } = await this.dropOne(id, round.byMs, MOST_AT_ONCE - round.looked);
      round.looked += count;
      if (!isGone) round.kept += 1;
    } catch (error) {
      round.failures.push(error);
      round.kept += 1;
      round.looked += 1;
    }
  }

  private async dropOne(id: string, byMs: number, most: number): Promise<Dropped> {
    if (id.startsWith('bat_')) return this.dropBatch(id, byMs, most);
    const migration = await this.migrations.find(id);
    return { count: 1, isGone: migration !== null && (await this.dropMigration(migration, byMs)) };
  }

  private async dropMigration(migration: Migration, byMs: number): Promise<boolean> {
    const { status, finishedAt } = migration;
    if (!isEnded(status) || finishedAt === null || finishedAt > byMs) return false;
    return this.retention.dropMigration(migration, byMs);
  }

  private async dropBatch(id: string, byMs: number, most: number): Promise<Dropped> {
    const batch = await this.batches.find(id);
    if (batch === null || batch.finishedAt === null || batch.finishedAt > byMs) {
      return { count: 1, isGone: false };
    }
    for (let count = 1; ;) {
      const ids = await this.batches.members(batch, null, PAGE);
      if (ids.length === 0) return { count, isGone: await this.retention.dropBatch(batch, byMs) };
      const members = await this.migrations.findAll(ids);
      for (let from = 0; from < members.length; from += SIDE_BY_SIDE) {
        const some = members.slice(from, from + SIDE_BY_SIDE);
        const gone = await Promise.all(some.map((one) => this.dropMigration(one, byMs)));
        // Wanted again, all of it.
        if (gone.includes(false)) return { count: count + from, isGone: false };
      }
      count += ids.length;
      if (members.length === 0 || count >= most || this.shutdown.isUnderWay) {
        return { count, isGone: false };
      }
    }
  }
}

interface Dropped {
  /** How many records were looked at. */
  readonly count: number;
  readonly isGone: boolean;
}

interface Round {
  readonly byMs: number;
  looked: number;
  kept: number;
  readonly failures: unknown[];
}

function messageOf({ failures }: Round): string {
  const [first] = failures;
  const why = first instanceof Error ? first.message : String(first);
  return `${failures.length} that ended long ago could not be dropped, the first: ${why}`;
}
