/**
 * Keeps a record that crashes its worker, or makes its look throw, from doing so for ever: after three
 * tries in a row it is parked, and others go on.
 *
 * The first look at a record costs one read more. One that throws is counted afterwards; one that is cut
 * off is known by what it leaves behind: its job, which BullMQ finds stalled, or its wake-up in the
 * outbox. From then on the record is suspect: each look at it is counted before it begins, and a process
 * makes one such look at a time. So a record that was only beside the one that crashed the process is not
 * blamed again: its next look comes to an end, and it is cleared.
 *
 * What is not the record's fault does not count: a store that is away, a process that shuts down.
 */
import { Injectable } from '@nestjs/common';
import { isEnded } from '../domain/migration.js';
import { park } from '../domain/migration-step.js';
import { LEFT_ALONE_MS, LONGEST_LOOK_MS, MAX_TRIES } from '../domain/policy.js';
import { isStoreAway } from './outages.js';
import { Clock, Journal, MigrationStore, Shutdown } from './ports.js';
import { LookTries } from './ports-look-tries.js';

/** Looks at one record; answers when to look again (ms since the epoch), or null. */
type Look = (id: string) => Promise<number | null>;

/** `wasCutOff`: the look before this one began and did not come to an end. */
export type GuardedLook = (id: string, wasCutOff: boolean) => Promise<number | null>;

@Injectable()
export class ParkPoisonRecords {
  /** The look at a suspect that is under way; it never rejects. */
  private suspect: Promise<void> = Promise.resolve();

  constructor(
    private readonly migrations: MigrationStore,
    private readonly tries: LookTries,
    private readonly clock: Clock,
    private readonly journal: Journal,
    private readonly shutdown: Shutdown,
  ) {}

  guard(look: Look): GuardedLook {
    return async (id, wasCutOff) => {
      if (!wasCutOff && (await this.tries.of(id)) === null) return this.first(look, id);
      return this.alone(() => this.again(look, id, wasCutOff));
    };
  }

  /** Their looks were left behind by a process that died, or that is very slow. */
  async suspectAll(ids: readonly string[]): Promise<void> {
    await Promise.all(ids.map((id) => this.tries.cutOff(id)));
  }

  private async first(look: Look, id: string): Promise<number | null> {
    try {
      return await look(id);
    } catch (error) {
      if (this.isOfRecord(error)) await this.tries.begin(id);
      throw error;
    }
  }

  private async again(look: Look, id: string, wasCutOff: boolean): Promise<number | null> {
    const before = await this.tries.of(id);
    // Another look has cleared it meanwhile.
    if (before === null && !wasCutOff) return this.first(look, id);
    if ((before?.count ?? 0) >= MAX_TRIES) {
      const sinceMs = this.clock.now() - (before?.lastAt ?? 0);
      // The last try may be under way in another process.
      if (!wasCutOff && sinceMs < LONGEST_LOOK_MS) return this.clock.now() + LONGEST_LOOK_MS;
      return this.park(id, 'its last look was cut off');
    }
    await this.tries.cutOff(id);
    const count = await this.tries.begin(id);
    try {
      const again = await look(id);
      await this.tries.clear(id);
      return again;
    } catch (error) {
      if (!this.isOfRecord(error)) {
        await this.tries.takeBack(id);
        throw error;
      }
      if (count < MAX_TRIES) throw error;
      return this.park(id, error instanceof Error ? error.message : String(error));
    }
  }

  /** What cannot be parked is left alone for a while, as often as it takes. */
  private async park(id: string, why: string): Promise<number | null> {
    const facts = { id, why };
    for (;;) {
      const migration = await this.read(id);
      if (migration === null) {
        this.journal.warn('a record keeps failing; it is left alone for a while', facts);
        return this.clock.now() + LEFT_ALONE_MS;
      }
      // There is nothing to do for it; what others wait for is found by the sweep.
      const isPast = isEnded(migration.status) || migration.parked !== null;
      const message = `${MAX_TRIES} looks at it in a row crashed their worker or failed inside of the service.`;
      const step = park(migration, this.clock.now(), { tries: MAX_TRIES, message });
      const outcome = isPast ? null : await this.migrations.apply(step);
      if (outcome !== null && outcome.kind !== 'applied') continue;
      await this.tries.clear(id);
      this.journal.warn(isPast ? 'a look was given up' : 'a migration was parked', facts);
      return null;
    }
  }

  /** Null when it is no migration, or its record cannot even be read. */
  private async read(id: string): ReturnType<MigrationStore['find']> {
    try {
      return await this.migrations.find(id);
    } catch (error) {
      if (!this.isOfRecord(error)) throw error;
      return null;
    }
  }

  private isOfRecord(error: unknown): boolean {
    return !this.shutdown.isUnderWay && !isStoreAway(error);
  }

  /** One after another. */
  private async alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.suspect.then(work);
    this.suspect = mine.then(
      () => undefined,
      () => undefined,
    );
    return mine;
  }
}
