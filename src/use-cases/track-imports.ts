/**
 * Follows a running import to its end.
 *
 * The verdict comes from the import's own record. Where that is not to be had, both instances back at
 * Running after the import was seen mean "ended", and the databases on the target decide. The record
 * says which evidence was used. A word upstream has not told us about is kept and looked at again.
 */
import { Injectable } from '@nestjs/common';
import { bothRun } from '../domain/evidence.js';
import {
  endByDatabases,
  endOf,
  isWhole,
  reasonOf,
  wasSeen,
  type EndName,
} from '../domain/import-end.js';
import {
  foldVerdicts,
  isRunning,
  nextLookDelayMs,
  type ImportVerdict,
} from '../domain/import-status.js';
import type { Evidence, Migration, UpstreamView } from '../domain/migration.js';
import { note, tooEarly, type Changes } from '../domain/migration-step.js';
import { EMPTY_LISTINGS_APART_MS, LISTING_MARGIN_MS } from '../domain/policy.js';
import { Clock, Journal, MigrationStore, Settings } from './ports.js';
import { Upstream, type ImportRecord, type UpstreamSession } from './ports-upstream.js';
import { RecordOutcome } from './record-outcome.js';
import { isPassing, LOOK_CALLS, LookForImport, type Look } from './look-for-import.js';

/** Upstream's words; null when they were not read. */
type States = Pick<Look, 'sourceStatus' | 'targetStatus'>;
const NOT_READ: States = { sourceStatus: null, targetStatus: null };

interface Seen extends States, Pick<Look, 'missed'> {
  readonly record: ImportRecord | null;
  readonly verdict: ImportVerdict | null;
  /** The id that was found for an import that had none. */
  readonly foundId: string | null;
}

@Injectable()
export class TrackImports {
  constructor(
    private readonly migrations: MigrationStore,
    private readonly upstream: Upstream,
    private readonly looks: LookForImport,
    private readonly clock: Clock,
    private readonly settings: Settings,
    private readonly outcomes: RecordOutcome,
    private readonly journal: Journal,
  ) {}

  /** Answers when to look again (ms), or null when the record says it. */
  async look(id: string): Promise<number | null> {
    const migration = await this.migrations.find(id);
    if (migration?.status !== 'importing' && migration?.status !== 'canceling') return null;
    const early = tooEarly(migration, this.clock.now());
    if (early !== null) return early === 'stray' ? null : early;
    const knowsBoth = migration.importId !== null && migration.upstream !== null;
    const opened = await this.upstream.open(migration, knowsBoth ? 1 : LOOK_CALLS);
    if (opened.kind === 'wait') return opened.untilMs;
    if (opened.kind === 'no_credential') {
      this.journal.warn('an import cannot be looked at', { migrationId: id, why: opened.message });
      return this.lookLater(migration, {});
    }
    const seen = await this.see(migration, opened.session);
    const name = seen.record === null ? null : endOf(seen.record, migration);
    if (name !== null) {
      const detail = `the import's record says ${seen.record?.words.join(', ')}`;
      return this.end(migration, name, { kind: 'import_record', detail }, seen);
    }
    if (this.seemsEnded(migration, seen))
      return this.judgeByDatabases(migration, opened.session, seen);
    return this.goOn(migration, seen);
  }

  private async see(migration: Migration, session: UpstreamSession): Promise<Seen> {
    const { engine, targetInstanceId, importId } = migration;
    if (importId === null) {
      const { judgement, ...rest } = await this.looks.look(migration, session);
      const foundId = judgement.kind === 'adopt' ? judgement.importId : null;
      return { record: null, verdict: null, ...rest, foundId };
    }
    // An adopted import may be older than the intent.
    const fromMs = migration.createdAt - LISTING_MARGIN_MS;
    const window = { fromMs, toMs: this.clock.now() + LISTING_MARGIN_MS };
    const listed = await session.imports(engine, targetInstanceId, window, importId);
    const listing = listed.ok ? listed.value : [];
    const record = listing.find((one) => one.importId === importId) ?? null;
    const verdict = record === null ? null : foldVerdicts(record.words);
    const needsStates =
      record === null || migration.upstream === null || !isWhole(record, migration);
    const states = needsStates ? await this.states(migration, session) : NOT_READ;
    const missed = !listed.ok && isPassing(listed.fault) ? listed.fault : null;
    return { record, verdict, ...states, missed, foundId: null };
  }

  private async states(migration: Migration, session: UpstreamSession): Promise<States> {
    const [source, target] = await Promise.all([
      session.instance(migration.sourceInstanceId),
      session.instance(migration.targetInstanceId),
    ]);
    return {
      sourceStatus: source.ok ? (source.value?.status ?? null) : null,
      targetStatus: target.ok ? (target.value?.status ?? null) : null,
    };
  }

  /** Both instances are back at Running although no record tells the whole end. */
  private seemsEnded(migration: Migration, seen: Seen): boolean {
    if (seen.foundId !== null || !bothRun(seen.sourceStatus, seen.targetStatus)) return false;
    if (seen.record !== null) return seen.verdict === 'succeeded';
    // The record tells more than the databases: it is waited for while it can still be had.
    if (seen.missed !== null && !migration.isOverdue) return false;
    const unseenMs = Math.max(this.settings.outcomeGraceMs, EMPTY_LISTINGS_APART_MS);
    return wasSeen(migration) || this.clock.now() - startOf(migration) > unseenMs;
  }

  private async judgeByDatabases(
    migration: Migration,
    session: UpstreamSession,
    seen: Seen,
  ): Promise<number | null> {
    const listed = await session.databases(migration.targetInstanceId);
    if (!listed.ok) return this.goOn(migration, seen);
    const running = listed.value.filter((db) => isRunning(db.status)).map((db) => db.name);
    const { name, detail } = endByDatabases(migration, running);
    return this.end(migration, name, { kind: 'target_databases', detail }, seen);
  }

  private async end(
    migration: Migration,
    name: EndName,
    evidence: Pick<Evidence, 'kind' | 'detail'>,
    seen: Seen,
  ): Promise<null> {
    await this.outcomes.write(migration, name, {
      evidence: this.outcomes.evidence(migration, evidence.kind, evidence.detail),
      upstream: {
        ...this.view(migration, seen),
        sourceStatus: seen.sourceStatus,
        targetStatus: seen.targetStatus,
      },
      reason: reasonOf(name, evidence),
    });
    return null;
  }

  private async goOn(migration: Migration, seen: Seen): Promise<null> {
    const isStrange = seen.verdict === 'unknown' || seen.verdict === 'needs_person';
    if (isStrange) {
      const words = seen.record?.words.join(', ');
      this.journal.warn('upstream uses a word that needs a look', {
        migrationId: migration.id,
        words,
      });
    }
    const changes: Changes = { upstream: this.view(migration, seen) };
    if (seen.verdict === 'canceling' && migration.status === 'importing') {
      const wakeAt = this.clock.now() + this.settings.trackIntervalMs;
      await this.outcomes.write(migration, 'cancel_seen', { ...changes, wakeAt });
      return null;
    }
    if (seen.foundId === null) return this.lookLater(migration, changes);
    const detail = `import ${seen.foundId} is the only one that can be ours`;
    return this.lookLater(migration, {
      ...changes,
      importId: seen.foundId,
      evidence: this.outcomes.evidence(migration, 'adopted', detail),
    });
  }

  private async lookLater(migration: Migration, changes: Changes): Promise<null> {
    const now = this.clock.now();
    const ageMs = now - (migration.startedAt ?? migration.createdAt);
    const isOverdue = ageMs > this.settings.maxImportHours * 3_600_000;
    if (isOverdue && !migration.isOverdue) {
      this.journal.warn('an import runs longer than MAX_IMPORT_HOURS', {
        migrationId: migration.id,
      });
    }
    const wakeAt = now + nextLookDelayMs(ageMs, this.settings.trackIntervalMs);
    await this.migrations.apply(note(migration, { ...changes, isOverdue, wakeAt }));
    return null;
  }

  private view(migration: Migration, seen: Seen): UpstreamView {
    return {
      sourceStatus: seen.sourceStatus ?? migration.upstream?.sourceStatus ?? null,
      targetStatus: seen.targetStatus ?? migration.upstream?.targetStatus ?? null,
      importStatus: seen.record?.words.join(', ') ?? migration.upstream?.importStatus ?? null,
      checkedAt: this.clock.now(),
    };
  }
}

const startOf = (migration: Migration): number =>
  migration.intent?.at ?? migration.submittedAt ?? migration.createdAt;
